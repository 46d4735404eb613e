import type { MachineView } from '@fettle/contract';
import { aFewAtATime } from '../a-few-at-a-time.ts';
import { originOf } from '../auth/operator-caller.ts';
import type { Env } from '../env.ts';
import { log } from '../log.ts';
import { findMachineObject } from '../machine/machine-object.ts';
import { refusal, type Result } from '../result.ts';
import { withDeadline } from '../with-deadline.ts';
import { askMachine, askWithinQuota, commandMachine, operator, projectOf } from './operator-base.ts';
import { valueOf } from './rpc-errors.ts';

const { machines, services } = operator;

/** An object answers this from its own storage. */
const VIEW_DEADLINE_MS = 5000;

/** Never throws: one machine that is broken or silent must not hide the others. */
async function viewOf(env: Env, machineId: string): Promise<Result<MachineView>> {
  try {
    return await withDeadline(askForView(env, machineId), VIEW_DEADLINE_MS);
  } catch (error) {
    log.error(`${machineId} could not be asked for its health`, error);
    return refusal('INTERNAL', 'The object of the machine failed, or gave no answer');
  }
}

async function askForView(env: Env, machineId: string): Promise<Result<MachineView>> {
  const machine = await findMachineObject(env, machineId);
  return machine.ok ? machine.value.getHealth() : machine;
}

/** What operators may do with machines. */
export const operatorMachines = {
  list: machines.list.handler(async ({ input, context: { env } }) => {
    const ids = valueOf(await projectOf(env, input.project).machines());
    const views = await aFewAtATime(ids, (id) => viewOf(env, id));
    // A machine whose object has not been told yet is part of a plan, not of the list.
    return views.flatMap((view) => (view.ok ? [view.value] : []));
  }),
  get: machines.get.handler(({ input: { machineId }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.getHealth()),
  ),
  start: machines.start.handler(({ input: { machineId }, context }) =>
    commandMachine(context, machineId, { kind: 'start' }),
  ),
  stop: machines.stop.handler(({ input: { machineId }, context }) =>
    commandMachine(context, machineId, { kind: 'stop' }),
  ),
  restart: machines.restart.handler(({ input: { machineId }, context }) =>
    commandMachine(context, machineId, { kind: 'restart' }),
  ),
  refreshCode: machines.refreshCode.handler(({ input: { machineId, refs }, context }) =>
    commandMachine(context, machineId, { kind: 'apply-versions', refs, order: null }),
  ),
  rebuild: machines.rebuild.handler(({ input: { machineId, image }, context }) =>
    commandMachine(context, machineId, { kind: 'rebuild', image, refs: null, order: null }),
  ),
  restoreWork: machines.restoreWork.handler(({ input: { machineId, ...saved }, context }) =>
    commandMachine(context, machineId, { kind: 'restore-work', ...saved }),
  ),
  revokeCredentials: machines.revokeCredentials.handler(({ input: { machineId, reason }, context }) =>
    commandMachine(context, machineId, { kind: 'revoke-credentials', reason }),
  ),
  evidence: machines.evidence.handler(({ input: { machineId }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.evidence()),
  ),
  exec: machines.exec.handler(({ input: { machineId, ...command }, context: { env, caller } }) =>
    askWithinQuota(env, machineId, (machine) => machine.executeCommand(command, originOf(caller))),
  ),
  snapshots: machines.snapshots.handler(({ input: { machineId, ...page }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.snapshots(page)),
  ),
  events: machines.events.handler(({ input: { machineId, ...page }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.events(page)),
  ),
  incidents: machines.incidents.handler(({ input: { machineId, ...page }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.incidents(page)),
  ),
  ledger: machines.ledger.handler(
    async ({ input: { machineId }, context: { env } }) =>
      (await askMachine(env, machineId, (machine) => machine.getHealth())).ledger,
  ),
};

/** What operators may do with the services of a machine. */
export const operatorServices = {
  list: services.list.handler(
    async ({ input: { machineId }, context: { env } }) =>
      (await askMachine(env, machineId, (machine) => machine.getHealth())).services,
  ),
  restart: services.restart.handler(({ input: { machineId, names }, context }) =>
    commandMachine(context, machineId, { kind: 'restart-services', names }),
  ),
  logs: services.logs.handler(({ input: { machineId, name, tail }, context: { env, caller } }) =>
    askWithinQuota(env, machineId, (machine) => machine.serviceLogs(name, tail, originOf(caller))),
  ),
};
