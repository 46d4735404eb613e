import { buildQuery, QUERIES } from '@fettle/metrics/queries';
import { metricsSettings } from '../metrics/settings.ts';
import { askAnalytics } from '../metrics/sql-api.ts';
import { operatorAudit } from './operator-audit.ts';
import { operator, projectOf } from './operator-base.ts';
import { operatorMachines, operatorServices } from './operator-machines.ts';
import { operatorMembers, operatorTokens } from './operator-members.ts';
import { operatorProjects } from './operator-projects.ts';
import { valueOf, wireError } from './rpc-errors.ts';

/** What operators may call. */
export const operatorRouter = operator.router({
  projects: operatorProjects,
  machines: operatorMachines,
  services: operatorServices,
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
  tokens: operatorTokens,
  members: operatorMembers,
  audit: operatorAudit,
});
