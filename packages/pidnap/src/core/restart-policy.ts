/** Decides what follows the end of a run: start again and when, rest, or give up. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { RestartPolicy } from '../contract/restart.ts';
import { backoffDelay } from './backoff.ts';
import type { ProcessRecord } from './record.ts';

export type Outcome = 'success' | 'failure';

/** Whether a run that ended by itself in this way is followed by another. */
export function restartsAfter(restart: RestartPolicy, outcome: Outcome): boolean {
  switch (restart) {
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure':
      return outcome === 'failure';
    case 'on-success':
      return outcome === 'success';
    case 'never':
      return false;
    default:
      return restart satisfies never;
  }
}

/** A process under this policy can come to be `completed`. */
export function canComplete(restart: RestartPolicy): boolean {
  return !restartsAfter(restart, 'success');
}

/** What is counted about automatic restarts. */
export type RestartCounts = Pick<ProcessRecord, 'recentRestarts' | 'attempt' | 'crashLooping'>;

/** A full budget, the shortest delay again, nothing held back. */
export const NO_RESTARTS: RestartCounts = { recentRestarts: [], attempt: 0, crashLooping: false };

/** The part of a record the decision is made from. */
export type EndedRun = RestartCounts &
  Pick<ProcessRecord, 'jitterSeed' | 'runs' | 'startedAt' | 'healthyAt' | 'stoppedAt'>;

export type Following =
  | { readonly to: 'completed' | 'failed' | 'scheduled' }
  | { readonly to: 'given-up'; readonly recentRestarts: readonly number[] }
  /** `held`: by the crash-loop rule instead of the back-off. */
  | {
      readonly to: 'backing-off';
      readonly delayMs: number;
      readonly held: boolean;
      readonly counts: RestartCounts;
    };

/**
 * What follows a run that ended by itself. A schedule comes first: after each run the process waits for its next time.
 * Then the restart policy, then the budget, then the crash-loop rule, then the back-off.
 */
export function whatFollows(
  outcome: Outcome,
  run: EndedRun,
  now: number,
  policy: ProcessDefinition,
): Following {
  if (policy.schedule) return { to: 'scheduled' };
  if (!restartsAfter(policy.restart, outcome)) {
    return { to: outcome === 'success' ? 'completed' : 'failed' };
  }
  const counts = wasStable(run, policy) ? NO_RESTARTS : run;
  const { budget, crashLoop } = policy;
  if (budget) {
    const recent = within(counts.recentRestarts, now - budget.withinMs);
    if (recent.length >= budget.maxRestarts) return { to: 'given-up', recentRestarts: recent };
  }
  const held =
    crashLoop !== null &&
    (counts.crashLooping ||
      within(counts.recentRestarts, now - crashLoop.withinMs).length >= crashLoop.restarts);
  return {
    to: 'backing-off',
    delayMs: held
      ? crashLoop.holdMs
      : backoffDelay(policy.backoff, { ...counts, jitterSeed: run.jitterSeed, runs: run.runs }),
    held,
    counts: {
      recentRestarts: remembered([...counts.recentRestarts, now], now, policy),
      attempt: counts.attempt + 1,
      crashLooping: held,
    },
  };
}

/** Long enough up, and healthy at some time where health is checked: a service that never got well is not stable. */
function wasStable({ startedAt, stoppedAt, healthyAt }: EndedRun, policy: ProcessDefinition): boolean {
  return (
    startedAt !== null &&
    stoppedAt !== null &&
    healthyAt !== null &&
    stoppedAt - startedAt >= policy.minUptimeMs
  );
}

function within(times: readonly number[], after: number): number[] {
  return times.filter((at) => at > after);
}

/** As many of the newest times as any rule may ask about: a process that restarts for ever does not grow. */
function remembered(
  times: readonly number[],
  now: number,
  { budget, crashLoop }: ProcessDefinition,
): number[] {
  const horizon = Math.max(budget?.withinMs ?? 0, crashLoop?.withinMs ?? 0);
  const count = Math.max(budget?.maxRestarts ?? 0, crashLoop?.restarts ?? 0);
  return within(times.slice(Math.max(times.length - count, 0)), now - horizon);
}
