import type { Level, MachineIdentity } from '@fettle/contract';
import type { MachineEvent, Outcome, OutboxEntry, PermitAnswer } from '@fettle/core';
import type { Env } from '../env.ts';

/** A project that does not answer must not keep a machine from being repaired. */
const DEADLINE_MS = 5000;

/** Delivers one message to the machine's project. Never throws: what is not acknowledged is sent again. */
export async function deliver(
  env: Env,
  { project, machineId }: MachineIdentity,
  entry: OutboxEntry,
): Promise<MachineEvent> {
  try {
    await withDeadline(env.PROJECTS.getByName(project).onMachineMessage(machineId, entry.message));
    return { type: 'delivered', entryId: entry.id, ok: true };
  } catch (error) {
    console.warn(`message ${entry.id} was not delivered`, error);
    return { type: 'delivered', entryId: entry.id, ok: false };
  }
}

/** Asks the project for leave to do something disruptive. No answer is no permit. */
export async function requestPermit(
  env: Env,
  { project, machineId }: MachineIdentity,
  level: Level,
): Promise<Outcome> {
  try {
    return { ok: true, permit: await withDeadline(askProject(env, project, machineId, level)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, code: 'DEADLINE_EXCEEDED', message, retryable: false };
  }
}

async function askProject(env: Env, project: string, machineId: string, level: Level): Promise<PermitAnswer> {
  return env.PROJECTS.getByName(project).requestPermit(machineId, level);
}

async function withDeadline<T>(call: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The project did not answer within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([call, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
