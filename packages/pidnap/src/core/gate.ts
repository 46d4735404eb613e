/** Decides whether a process may start, or go on, from the dependencies that do not hold. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { isHopeless } from './dependency.ts';
import { beginStop } from './ending.ts';
import type { Transition } from './event.ts';
import { NO_HEALTH, type ProcessRecord, type UnmetDependency } from './record.ts';
import { awaitSchedule } from './settle.ts';

/** What waits starts, waits on or fails; what runs is ended when it lost a dependency it cannot go on without. */
export function dependenciesSeen(
  record: ProcessRecord,
  unmet: readonly UnmetDependency[],
  now: number,
  policy: ProcessDefinition,
): Transition {
  switch (record.phase.state) {
    case 'pending':
    case 'blocked':
      return gate(record, unmet, now, policy);
    case 'running':
      return loseDependencies(record, unmet, now, policy);
    default:
      return { record };
  }
}

/** `pending` or `blocked` becomes `starting` when nothing is unmet, else `blocked` with what it waits for. */
function gate(
  record: ProcessRecord,
  unmet: readonly UnmetDependency[],
  now: number,
  policy: ProcessDefinition,
): Transition {
  const { phase } = record;
  if (unmet.length === 0) return begin(record, now);
  const fatal = unmet.filter((one) => one.whenFailed === 'fail' && isHopeless(one));
  if (fatal.length > 0) return { record: giveUp(record, fatal, now, policy) };
  if (phase.state === 'blocked' && sameUnmet(phase.on, unmet)) return { record };
  return {
    record: {
      ...record,
      phase: { state: 'blocked', on: unmet },
      since: phase.state === 'blocked' ? record.since : now,
      reason: unmet.some(isHopeless) ? 'dependency-failed' : 'waiting-for-dependency',
      message: `waits for ${unmet.map(describe).join(', ')}`,
    },
  };
}

/** The run that was wanted does not come about. On a schedule that is one time left out, not the end of all of them. */
function giveUp(
  record: ProcessRecord,
  fatal: readonly UnmetDependency[],
  now: number,
  policy: ProcessDefinition,
): ProcessRecord {
  const cause = {
    reason: 'dependency-failed',
    message: `needs ${fatal.map(describe).join(', ')}`,
  } as const;
  if (policy.schedule) return awaitSchedule({ ...record, queuedRun: false }, cause, now);
  return { ...record, ...cause, phase: { state: 'failed' }, since: now };
}

function loseDependencies(
  record: ProcessRecord,
  unmet: readonly UnmetDependency[],
  now: number,
  policy: ProcessDefinition,
): Transition {
  const lost = unmet.filter((one) => one.whenLost === 'restart');
  if (lost.length === 0) return { record };
  const message = `no longer holds: ${lost.map(describe).join(', ')}`;
  return beginStop(record, { then: 'start-again', reason: 'dependency-lost', message }, now, policy);
}

function begin(record: ProcessRecord, now: number): Transition {
  const run = record.runs + 1;
  return {
    record: {
      ...record,
      phase: { state: 'starting' },
      since: now,
      reason: 'dependencies-met',
      message: `run ${run} is being started`,
      health: NO_HEALTH,
      runs: run,
      startedAt: null,
      healthyAt: null,
      stoppedAt: null,
    },
    effects: [{ type: 'spawn', run }],
  };
}

function sameUnmet(a: readonly UnmetDependency[], b: readonly UnmetDependency[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i];
      return one.process === other?.process && one.condition === other.condition && one.state === other.state;
    })
  );
}

function describe({ process, condition, state }: UnmetDependency): string {
  return `${process} to be ${condition} (it is ${state ?? 'not known'})`;
}
