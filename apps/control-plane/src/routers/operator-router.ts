import { operatorContract, type MachineView } from '@fettle/contract';
import { buildQuery, QUERIES } from '@fettle/metrics/queries';
import { implement } from '@orpc/server';
import { aFewAtATime } from '../a-few-at-a-time.ts';
import { directory } from '../directory/directory.ts';
import type { Env } from '../env.ts';
import { metricsSettings } from '../metrics/settings.ts';
import { askAnalytics } from '../metrics/sql-api.ts';
import { refusal, type Result } from '../result.ts';
import { withDeadline } from '../with-deadline.ts';
import { refuseContradictions } from './refuse-contradictions.ts';
import { valueOf, wireError } from './rpc-errors.ts';

const operator = implement(operatorContract).$context<{ env: Env }>();

const machineOf = (env: Env, machineId: string) => env.MACHINES.getByName(machineId);
const projectOf = (env: Env, project: string) => env.PROJECTS.getByName(project);
/** An object answers this from its own storage. */
const VIEW_DEADLINE_MS = 5000;

const taken = (message: string) => ({ accepted: true as const, message });

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
  return machineOf(env, machineId).getHealth();
}

/** What operators may call. */
export const operatorRouter = operator.router({
  projects: {
    list: operator.projects.list.handler(({ context: { env } }) => directory(env).list()),
    apply: operator.projects.apply.handler(async ({ input, context: { env } }) => {
      refuseContradictions(input.policy);
      return valueOf(await projectOf(env, input.project).apply(input));
    }),
    get: operator.projects.get.handler(async ({ input, context: { env } }) =>
      valueOf(await projectOf(env, input.project).view()),
    ),
    setPolicy: operator.projects.setPolicy.handler(async ({ input, context: { env } }) => {
      refuseContradictions(input.policy);
      return valueOf(await projectOf(env, input.project).setPolicy(input.policy));
    }),
    overrideGuard: operator.projects.overrideGuard.handler(async ({ input, context: { env } }) =>
      valueOf(await projectOf(env, input.project).overrideGuard(input.forMs, input.reason)),
    ),
    sweep: operator.projects.sweep.handler(async ({ input, context: { env } }) => {
      valueOf(await projectOf(env, input.project).machines());
      return { rearmed: await projectOf(env, input.project).sweep() };
    }),
  },
  machines: {
    list: operator.machines.list.handler(async ({ input, context: { env } }) => {
      const ids = valueOf(await projectOf(env, input.project).machines());
      const views = await aFewAtATime(ids, (id) => viewOf(env, id));
      // A machine whose object has not been told yet is part of a plan, not of the list.
      return views.flatMap((view) => (view.ok ? [view.value] : []));
    }),
    get: operator.machines.get.handler(async ({ input, context: { env } }) =>
      valueOf(await machineOf(env, input.machineId).getHealth()),
    ),
    start: operator.machines.start.handler(async ({ input, context: { env } }) =>
      taken(valueOf(await machineOf(env, input.machineId).start())),
    ),
    stop: operator.machines.stop.handler(async ({ input, context: { env } }) =>
      taken(valueOf(await machineOf(env, input.machineId).stop())),
    ),
    restart: operator.machines.restart.handler(async ({ input, context: { env } }) =>
      taken(valueOf(await machineOf(env, input.machineId).restart())),
    ),
    refreshCode: operator.machines.refreshCode.handler(async ({ input, context: { env } }) =>
      taken(
        valueOf(await machineOf(env, input.machineId).command({ kind: 'apply-versions', refs: input.refs })),
      ),
    ),
    exec: operator.machines.exec.handler(async ({ input: { machineId, ...command }, context: { env } }) =>
      valueOf(await machineOf(env, machineId).executeCommand(command)),
    ),
    snapshots: operator.machines.snapshots.handler(
      async ({ input: { machineId, ...page }, context: { env } }) =>
        valueOf(await machineOf(env, machineId).snapshots(page)),
    ),
    events: operator.machines.events.handler(async ({ input: { machineId, ...page }, context: { env } }) =>
      valueOf(await machineOf(env, machineId).events(page)),
    ),
    incidents: operator.machines.incidents.handler(
      async ({ input: { machineId, ...page }, context: { env } }) =>
        valueOf(await machineOf(env, machineId).incidents(page)),
    ),
    ledger: operator.machines.ledger.handler(
      async ({ input, context: { env } }) =>
        valueOf(await machineOf(env, input.machineId).getHealth()).ledger,
    ),
  },
  services: {
    list: operator.services.list.handler(
      async ({ input, context: { env } }) =>
        valueOf(await machineOf(env, input.machineId).getHealth()).services,
    ),
    restart: operator.services.restart.handler(async ({ input, context: { env } }) =>
      taken(
        valueOf(
          await machineOf(env, input.machineId).command({ kind: 'restart-services', names: input.names }),
        ),
      ),
    ),
    logs: operator.services.logs.handler(async ({ input, context: { env } }) =>
      valueOf(await machineOf(env, input.machineId).serviceLogs(input.name, input.tail)),
    ),
  },
  metrics: {
    query: operator.metrics.query.handler(async ({ input, context: { env } }) => {
      if (input.stepMs !== undefined && QUERIES[input.name].stepMs === null) {
        const expected = `expected nothing, ${input.name} has no steps of a width to choose`;
        throw wireError('BAD_REQUEST', `stepMs: ${expected}`, { field: 'stepMs', expected });
      }
      return valueOf(await askAnalytics(metricsSettings(env), buildQuery(input)));
    }),
  },
  slots: {
    resolve: operator.slots.resolve.handler(async ({ input, context: { env } }) => {
      const { machineId } = valueOf(await projectOf(env, input.project).route(input.slot));
      return { machineId };
    }),
  },
});
