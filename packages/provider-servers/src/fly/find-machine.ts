import { Refusal, textParameter, type Call } from '../server/call.ts';
import type { Machine, Machines } from './machines.ts';

/** The machine that a call's path names. */
export function findMachine(machines: Machines, call: Call): Promise<Machine> {
  return machines.find(textParameter(call, 'app_name') ?? '', textParameter(call, 'machine_id') ?? '');
}

/** Refuses what cannot be done while something else is under way. */
export function assertSettled({ record }: Machine, what: string): void {
  if (record.change !== null)
    throw new Refusal(
      412,
      `failed_precondition: unable to ${what} machine while it is on its way to something else`,
    );
}

/** Refuses what cannot be done in the state that the machine is told to be in. */
export function assertState({ told }: Machine, states: readonly string[], what: string): void {
  if (!states.includes(told.state))
    throw new Refusal(
      412,
      `failed_precondition: unable to ${what} machine from current state: '${told.state}'`,
    );
}
