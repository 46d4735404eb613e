import type { MachineTokenClaims } from '@fettle/contract';
import type { Env } from '../env.ts';
import { errorResponse } from '../error-response.ts';
import { log } from '../log.ts';
import { CallWindow, type Admission } from './call-window.ts';

/** Callers that one isolate knows; about 2 MB. */
const MOST_CALLERS = 10_000;
/** How long a part of evidence waits for its turn: a machine stores five, one after the other. */
const EVIDENCE_PATIENCE_MS = 3000;
/** After the binding's refusal, which does not say when to come again: its shorter period. */
const BINDING_RETRY_MS = 10_000;

/** Calls of a machine that wake its object. */
const waking = new CallWindow({ calls: 2, withinMs: 1000 }, MOST_CALLERS);
/** Those that wake nobody: points, and evidence that is read. */
const quiet = new CallWindow({ calls: 5, withinMs: 1000 }, MOST_CALLERS);
/** Calls of one operator, of whatever kind. */
const asked = new CallWindow({ calls: 200, withinMs: 1000 }, MOST_CALLERS);

/** What a call of a machine does. `patient`: it wakes the object, and rather waits than comes again. */
export type MachineCall = 'wakes' | 'patient' | 'quiet';

/**
 * Whether a machine may make this call now: `null`, or the answer that says when. Resolves when its turn has come. Tokens
 * of each epoch have calls of their own: who stole some that were taken back since can keep the machine from nothing.
 */
export async function admitMachine(
  { MACHINE_RATE }: Pick<Env, 'MACHINE_RATE'>,
  { machineId, epoch }: Pick<MachineTokenClaims, 'machineId' | 'epoch'>,
  call: MachineCall,
): Promise<Response | null> {
  const caller = `${machineId}/${epoch}`;
  const window = call === 'quiet' ? quiet : waking;
  const admission = window.admit(caller, Date.now(), call === 'patient' ? EVIDENCE_PATIENCE_MS : 0);
  return (await refused(admission)) ?? (await overBinding(MACHINE_RATE, caller));
}

/** The same for an operator; `caller` names a token or a person. */
export async function admitOperator(
  { OPERATOR_RATE }: Pick<Env, 'OPERATOR_RATE'>,
  caller: string,
): Promise<Response | null> {
  return (await refused(asked.admit(caller, Date.now()))) ?? (await overBinding(OPERATOR_RATE, caller));
}

async function refused(admission: Admission): Promise<Response | null> {
  if (!admission.ok) return tooMany(admission.retryMs);
  if (admission.waitMs > 0) await new Promise((resolve) => setTimeout(resolve, admission.waitMs));
  return null;
}

/** Counts over all isolates of a place. It is a shield and no account: one that fails lets everybody through. */
async function overBinding(binding: RateLimit | undefined, key: string): Promise<Response | null> {
  if (binding === undefined) return null;
  try {
    const { success } = await binding.limit({ key });
    return success ? null : tooMany(BINDING_RETRY_MS);
  } catch (error) {
    log.warn('the rate limit could not be asked', error);
    return null;
  }
}

function tooMany(retryMs: number): Response {
  return errorResponse('TOO_MANY_REQUESTS', { 'retry-after': String(Math.ceil(retryMs / 1000)) });
}
