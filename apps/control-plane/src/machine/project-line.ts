import type { MachineIdentity } from '@fettle/contract';
import type { MachineEvent, Outcome, OutboxEntry, PermitAnswer, PermitRequest } from '@fettle/core';
import type { Env } from '../env.ts';
import { withDeadline } from '../with-deadline.ts';
import { log } from '../log.ts';

/** A project that does not answer must not keep a machine from being repaired. */
const DEADLINE_MS = 5000;

/** Delivers one message to the machine's project. Never throws: what is not acknowledged is sent again. */
export async function deliver(
  env: Env,
  { project, machineId }: MachineIdentity,
  entry: OutboxEntry,
): Promise<MachineEvent> {
  try {
    await withDeadline(
      env.PROJECTS.getByName(project).onMachineMessage(machineId, entry.message),
      DEADLINE_MS,
    );
    return { type: 'delivered', entryId: entry.id, ok: true };
  } catch (error) {
    log.warn(`message ${entry.id} was not delivered`, error);
    return { type: 'delivered', entryId: entry.id, ok: false };
  }
}

/** Asks the project for leave to do something disruptive. No answer is no permit. */
export async function requestPermit(
  env: Env,
  { project, machineId }: MachineIdentity,
  request: PermitRequest,
): Promise<Outcome> {
  try {
    return {
      ok: true,
      permit: await withDeadline(askProject(env, project, machineId, request), DEADLINE_MS),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, code: 'DEADLINE_EXCEEDED', message, retryable: false };
  }
}

async function askProject(
  env: Env,
  project: string,
  machineId: string,
  request: PermitRequest,
): Promise<PermitAnswer> {
  return env.PROJECTS.getByName(project).requestPermit(machineId, request);
}
