/** Which call an operation needs next, by the state of the machine. Pure. */
import type { OperationKind } from '@fettle/contract';
import type { Doing } from '../cloud/cloud-entry.ts';
import { DONE, MOST_SENDS, WAIT, type NextOf } from '../cloud/next.ts';
import type { FlyMachine } from './machine.ts';
import { hasFailed, runOf, stateOf } from './machine-state.ts';

/** A call that changes a machine. */
export type MachineCall = 'start' | 'stop' | 'restart' | 'delete';

export type Next = NextOf<MachineCall>;

/**
 * The state decides whether the call before has happened, so that one whose answer was lost is not sent for nothing.
 * `runBefore`: the run that a restart is to end. `copy` has its own way.
 */
export function nextCall(
  kind: Exclude<OperationKind, 'copy'>,
  { step, sends, runBefore }: Pick<Doing, 'step' | 'sends'> & { runBefore: string | null },
  machine: FlyMachine | null,
): Next {
  switch (kind) {
    case 'create':
    case 'rebuild':
      // Both are one call that is sent elsewhere, and launch the machine.
      return launched(machine);
    case 'start':
      return towardsRunning({ step, sends }, machine);
    case 'stop':
      return towardsStopped(machine);
    case 'restart':
      if (machine === null || machine.state !== 'started') return towardsRunning({ step, sends }, machine);
      if (runOf(machine) !== runBefore) return DONE;
      return step === 'restart' && sends >= MOST_SENDS ? WAIT : { do: 'restart' };
    case 'destroy':
      if (machine === null || machine.state === 'destroyed') return DONE;
      return machine.state === 'destroying' ? WAIT : { do: 'delete' };
  }
}

function launched(machine: FlyMachine | null): Next {
  if (machine === null || machine.state === 'destroyed') return missing();
  if (hasFailed(machine)) return failed(machine.state);
  return stateOf(machine) === 'running' ? DONE : WAIT;
}

function towardsRunning({ step, sends }: Pick<Doing, 'step' | 'sends'>, machine: FlyMachine | null): Next {
  if (machine === null || machine.state === 'destroyed' || machine.state === 'destroying') return missing();
  switch (stateOf(machine)) {
    case 'running':
      return DONE;
    case 'stopped':
    case 'paused':
      return step === 'start' && sends >= MOST_SENDS ? failed(machine.state) : { do: 'start' };
    default:
      return WAIT;
  }
}

function towardsStopped(machine: FlyMachine | null): Next {
  if (machine === null) return DONE;
  switch (stateOf(machine)) {
    case 'running':
      return { do: 'stop' };
    case 'stopped':
    case 'paused':
    case 'absent':
      return DONE;
    default:
      return WAIT;
  }
}

function missing(): Next {
  return { do: 'fail', code: 'MACHINE_NOT_FOUND', message: 'There is no such machine at Fly' };
}

function failed(state: string): Next {
  return { do: 'fail', code: 'PROVIDER_FAILED', message: `The machine does not run: Fly says ${state}` };
}
