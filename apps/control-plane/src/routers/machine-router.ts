import { machineContract } from '@fettle/contract';
import { implement } from '@orpc/server';
import { freshToken, ownerOf } from '../auth/machine-credentials.ts';
import { machineObject } from '../machine/machine-object.ts';
import { takeReport, type ReportContext } from '../metrics/take-report.ts';
import { valueOf } from './rpc-errors.ts';

const machine = implement(machineContract).$context<ReportContext>();

/** What machines may call. Who calls is read from the credential, never from the body. */
export const machineRouter = machine.router({
  report: machine.report.handler(async ({ input, context: { env, claims } }) => {
    const answer = valueOf(await machineObject(env, claims).report(input, claims.epoch));
    // The object has just said that this epoch is the present one.
    return { ...answer, fresh: await freshToken(env, ownerOf(claims), Date.now()) };
  }),
  reportMetrics: machine.reportMetrics.handler(({ input, context }) =>
    takeReport(context, input, Date.now()),
  ),
});
