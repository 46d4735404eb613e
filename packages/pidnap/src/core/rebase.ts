/** Carries steady times over a boot of the machine, after which the steady clock counts from another beginning. */
import type { PastRun } from './history.ts';
import type { Phase, ProcessRecord } from './record.ts';

/** The record with `shiftMs` added to every time. Steady times may become negative: they lie before this boot. */
export function rebaseRecord(record: ProcessRecord, shiftMs: number): ProcessRecord {
  const moved = mover(shiftMs);
  const { health } = record;
  return {
    ...record,
    phase: rebasePhase(record.phase, shiftMs),
    since: record.since + shiftMs,
    health: { ...health, checkedAt: moved(health.checkedAt), nextProbeAt: moved(health.nextProbeAt) },
    recentRestarts: record.recentRestarts.map((at) => at + shiftMs),
    queuedAt: moved(record.queuedAt),
    startedAt: moved(record.startedAt),
    healthyAt: moved(record.healthyAt),
    stoppedAt: moved(record.stoppedAt),
  };
}

/** The entry with `shiftMs` added to every time. */
export function rebasePastRun(run: PastRun, shiftMs: number): PastRun {
  const moved = mover(shiftMs);
  return {
    ...run,
    queuedAt: moved(run.queuedAt),
    startedAt: moved(run.startedAt),
    healthyAt: moved(run.healthyAt),
    stoppedAt: moved(run.stoppedAt),
  };
}

function rebasePhase(phase: Phase, shiftMs: number): Phase {
  if (phase.state === 'stopping') return { ...phase, killAt: phase.killAt + shiftMs };
  return phase.state === 'backing-off' ? { ...phase, nextStartAt: phase.nextStartAt + shiftMs } : phase;
}

function mover(shiftMs: number): (at: number | null) => number | null {
  return (at) => (at === null ? null : at + shiftMs);
}
