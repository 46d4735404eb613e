/** Which call an operation needs next, by the state of the sandbox. Pure. */
import type { OperationKind } from '@fettle/contract';
import type { Doing } from '../cloud/cloud-entry.ts';
import { DONE, MOST_SENDS, WAIT, type NextOf } from '../cloud/next.ts';
import type { Sandbox } from './sandbox.ts';
import { stateOf } from './sandbox-state.ts';

/** A call that changes a sandbox. */
export type SandboxCall = 'start' | 'stop' | 'recover' | 'delete';

export type Next = NextOf<SandboxCall>;

/**
 * The state decides whether the call before has happened, so that one whose answer was lost is not sent for nothing.
 * `copy` has its own way.
 */
export function nextCall(
  kind: Exclude<OperationKind, 'copy' | 'rebuild'>,
  doing: Pick<Doing, 'step' | 'sends'>,
  sandbox: Sandbox | null,
): Next {
  switch (kind) {
    case 'create':
      return towardsRunning(doing, sandbox);
    case 'start':
      return towardsRunning(doing, sandbox);
    case 'stop':
      return towardsStopped(sandbox);
    case 'restart':
      return doing.step === '' || doing.step === 'stop'
        ? restartBegun(doing, sandbox)
        : towardsRunning(doing, sandbox);
    case 'destroy':
      return towardsGone(sandbox);
  }
}

function towardsRunning(doing: Pick<Doing, 'step' | 'sends'>, sandbox: Sandbox | null): Next {
  if (sandbox === null) return missing();
  if (sandbox.state === 'error' || sandbox.state === 'build_failed') return recovery(doing, sandbox);
  switch (stateOf(sandbox)) {
    case 'running':
      return DONE;
    case 'stopped':
    case 'paused':
      if (sandbox.desiredState === 'started') return WAIT;
      return enough(doing, 'start') ? failed('it was stopped again and again') : { do: 'start' };
    case 'absent':
      return missing();
    default:
      return sandbox.state === 'destroying' ? missing() : WAIT;
  }
}

function towardsStopped(sandbox: Sandbox | null): Next {
  if (sandbox === null) return DONE;
  if (sandbox.state === 'error') return failed(reasonOf(sandbox));
  switch (stateOf(sandbox)) {
    case 'stopped':
    case 'paused':
    case 'absent':
      return DONE;
    case 'running':
      return sandbox.desiredState === 'stopped' || sandbox.state !== 'started' ? WAIT : { do: 'stop' };
    default:
      return WAIT;
  }
}

/** What runs is stopped first; what does not run need not be. */
function restartBegun(doing: Pick<Doing, 'step' | 'sends'>, sandbox: Sandbox | null): Next {
  if (sandbox === null || stateOf(sandbox) !== 'running') return towardsRunning(doing, sandbox);
  // Daytona stops none that it is busy with.
  if (sandbox.state !== 'started') return WAIT;
  return sandbox.desiredState === 'stopped' ? WAIT : { do: 'stop' };
}

function towardsGone(sandbox: Sandbox | null): Next {
  if (sandbox === null || sandbox.state === 'destroyed') return DONE;
  // In error it is no longer on its way, whatever is desired of it.
  const isGoing = sandbox.desiredState === 'destroyed' && sandbox.state !== 'error';
  return isGoing || sandbox.state === 'destroying' ? WAIT : { do: 'delete' };
}

function recovery(doing: Pick<Doing, 'step' | 'sends'>, sandbox: Sandbox): Next {
  if (sandbox.recoverable !== true || enough(doing, 'recover')) return failed(reasonOf(sandbox));
  return { do: 'recover' };
}

function enough({ step, sends }: Pick<Doing, 'step' | 'sends'>, call: SandboxCall): boolean {
  return step === call && sends >= MOST_SENDS;
}

function reasonOf({ state, errorReason }: Sandbox): string {
  return errorReason ?? `its state is ${state}`;
}

function missing(): Next {
  return { do: 'fail', code: 'MACHINE_NOT_FOUND', message: 'There is no such machine at Daytona' };
}

function failed(why: string): Next {
  return { do: 'fail', code: 'PROVIDER_FAILED', message: `The sandbox does not run: ${why}` };
}
