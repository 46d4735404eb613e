/** Decides whether a process that is to start may start, from the dependencies that do not hold. */
import { isHopeless } from './dependency.ts';
import type { Transition } from './event.ts';
import { NO_HEALTH, type ProcessRecord, type UnmetDependency } from './record.ts';

/** `pending` or `blocked` becomes `starting` when nothing is unmet, else `blocked` with what it waits for. */
export function gate(record: ProcessRecord, unmet: readonly UnmetDependency[], now: number): Transition {
  const { phase } = record;
  if (phase.state !== 'pending' && phase.state !== 'blocked') return { record };
  if (unmet.length === 0) return begin(record, now);
  if (phase.state === 'blocked' && sameUnmet(phase.on, unmet)) return { record };
  const hopeless = unmet.some(isHopeless);
  return {
    record: {
      ...record,
      phase: { state: 'blocked', on: unmet },
      since: phase.state === 'blocked' ? record.since : now,
      reason: hopeless ? 'dependency-failed' : 'waiting-for-dependency',
      message: `waits for ${unmet.map(describe).join(', ')}`,
    },
  };
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
