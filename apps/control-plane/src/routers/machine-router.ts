import { machineContract, type MachineIdentity } from '@fettle/contract';
import { implement } from '@orpc/server';
import type { Env } from '../env.ts';
import { valueOf } from './rpc-errors.ts';

const machine = implement(machineContract).$context<{ env: Env; identity: MachineIdentity }>();

/** What machines may call. Who calls is read from the credential, never from the body. */
export const machineRouter = machine.router({
  report: machine.report.handler(async ({ input, context: { env, identity } }) =>
    valueOf(await env.MACHINES.getByName(identity.machineId).report(input)),
  ),
});
