import type { MachineView } from '@fettle/contract';
import { aFewAtATime } from '../a-few-at-a-time.ts';
import type { Env } from '../env.ts';
import { findMachineObject } from '../machine/machine-object.ts';
import { refusal, type Result } from '../result.ts';
import { withDeadline } from '../with-deadline.ts';
import { askMachine, operator, projectOf, taken } from './operator-base.ts';
import { valueOf } from './rpc-errors.ts';

const { machines, services } = operator;

/** An object answers this from its own storage. */
const VIEW_DEADLINE_MS = 5000;

/** Never throws: one machine that is broken or silent must not hide the others. */
async function viewOf(env: Env, machineId: string): Promise<Result<MachineView>> {
  try {
    return await withDeadline(askForView(env, machineId), VIEW_DEADLINE_MS);
  } catch (error) {
    console.error(`${machineId} could not be asked for its health`, error);
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
  start: machines.start.handler(async ({ input: { machineId }, context: { env } }) =>
    taken(await askMachine(env, machineId, (machine) => machine.start())),
  ),
  stop: machines.stop.handler(async ({ input: { machineId }, context: { env } }) =>
    taken(await askMachine(env, machineId, (machine) => machine.stop())),
  ),
  restart: machines.restart.handler(async ({ input: { machineId }, context: { env } }) =>
    taken(await askMachine(env, machineId, (machine) => machine.restart())),
  ),
  refreshCode: machines.refreshCode.handler(async ({ input: { machineId, refs }, context: { env } }) =>
    taken(
      await askMachine(env, machineId, (machine) =>
        machine.command({ kind: 'apply-versions', refs, order: null }),
      ),
    ),
  ),
  rebuild: machines.rebuild.handler(async ({ input: { machineId, image }, context: { env } }) =>
    taken(
      await askMachine(env, machineId, (machine) =>
        machine.command({ kind: 'rebuild', image, refs: null, order: null }),
      ),
    ),
  ),
  restoreWork: machines.restoreWork.handler(async ({ input: { machineId, ...saved }, context: { env } }) =>
    taken(await askMachine(env, machineId, (machine) => machine.command({ kind: 'restore-work', ...saved }))),
  ),
  evidence: machines.evidence.handler(({ input: { machineId }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.evidence()),
  ),
  exec: machines.exec.handler(({ input: { machineId, ...command }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.executeCommand(command)),
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
  restart: services.restart.handler(async ({ input: { machineId, names }, context: { env } }) =>
    taken(
      await askMachine(env, machineId, (machine) => machine.command({ kind: 'restart-services', names })),
    ),
  ),
  logs: services.logs.handler(({ input: { machineId, name, tail }, context: { env } }) =>
    askMachine(env, machineId, (machine) => machine.serviceLogs(name, tail)),
  ),
};
