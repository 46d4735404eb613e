/**
 * Whether a try of a level worked. Only an observation that began after the receiver took the action says anything:
 * an older one shows the machine as it was before.
 */
import type { StepReason, Verdict } from '@fettle/contract';
import type { Observation } from './event.ts';
import { progressOf } from './progress.ts';
import type { Attempt } from './record.ts';

export type Judgement =
  | { kind: 'healed' }
  | { kind: 'wait' }
  | { kind: 'failed'; reason: StepReason; message: string };

/** The judgement of one try after one look at the machine. */
export function judgeAttempt(input: {
  attempt: Attempt;
  observation: Observation;
  verdict: Verdict;
  now: number;
}): Judgement {
  const { attempt, observation, verdict, now } = input;
  const late = now >= attempt.until;
  // Nothing was sent that could have failed: the machine gets well by itself, or it does not.
  if (attempt.actionId === null && verdict.health === 'healthy') return { kind: 'healed' };
  const stillUnhealthy = {
    kind: 'failed',
    reason: 'still-unhealthy',
    message: verdict.findings.map((finding) => finding.message).join('; ') || 'Not healthy in time',
  } as const;
  if (attempt.dispatchedAt === null || observation.startedAt <= attempt.dispatchedAt)
    return late ? stillUnhealthy : { kind: 'wait' };
  const work = workState(attempt, observation);
  if (work.status === 'failed') return { kind: 'failed', reason: work.reason, message: work.message };
  // Work that nothing tells the end of, such as a restart that a person's own restart replaced: a machine that is well
  // by then must not be given up for it.
  if (work.status === 'running' && !late) return { kind: 'wait' };
  if (verdict.health === 'healthy') return { kind: 'healed' };
  if (work.status === 'running') return stillUnhealthy;
  const gaveUp = verdict.findings.find(
    (finding) => finding.code === 'service-down' || finding.code === 'daemon-down',
  );
  if (gaveUp && isGivenUp(observation, gaveUp.service)) {
    return { kind: 'failed', reason: 'service-gave-up-again', message: gaveUp.message };
  }
  return late ? stillUnhealthy : { kind: 'wait' };
}

type Work = { status: 'running' | 'done' } | { status: 'failed'; reason: StepReason; message: string };

/** How far the work that the action started has come, as far as its receiver tells. */
function workState({ level, actionId }: Attempt, observation: Observation): Work {
  if (level === 1 || level === 4 || actionId === null) return { status: 'done' };
  const progress = progressOf(actionId, observation);
  if (progress === null) return { status: 'running' };
  if (progress.status !== 'failed') return { status: progress.status };
  return {
    status: 'failed',
    reason: level === 2 ? 'version-change-failed' : 'operation-failed',
    message: progress.message || 'The operation failed',
  };
}

function isGivenUp(observation: Observation, service: string | null): boolean {
  return (
    observation.pidnap?.ok === true &&
    observation.pidnap.value.services.some((status) => status.name === service && status.state === 'failed')
  );
}
