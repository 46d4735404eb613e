/** Derives what the API shows of a process and its runs. Inside times are steady; outside they are on the wall clock. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessView, RunView } from '../contract/process.ts';
import type { PastRun } from './history.ts';
import { pidOf, type ProcessRecord } from './record.ts';

/** The two clocks at one moment: `now` is steady; a steady time plus `wallOffset` is milliseconds since 1970. */
export interface Clocks {
  readonly now: number;
  readonly wallOffset: number;
}

export interface ViewSource extends Clocks {
  readonly record: ProcessRecord;
  readonly definition: ProcessDefinition;
  readonly definitionDigest: string;
  readonly source: 'config' | 'api';
  /** The next time of the schedule, in milliseconds since 1970; null: there is none. */
  readonly nextDueAt: number | null;
}

export function toView({
  record,
  definition,
  definitionDigest,
  source,
  now,
  wallOffset,
  nextDueAt,
}: ViewSource): ProcessView {
  const { phase, health, startedAt, stoppedAt } = record;
  const wall = (steady: number | null): number | null => (steady === null ? null : steady + wallOffset);
  return {
    name: record.name,
    state: phase.state,
    stateSince: record.since + wallOffset,
    reason: record.reason,
    message: record.message,
    desired: record.desired,
    health: {
      status: health.status,
      failures: health.failures,
      checkedAt: wall(health.checkedAt),
      message: health.message,
    },
    pid: pidOf(record),
    runs: record.runs,
    restarts: record.restarts,
    exitCode: record.exitCode,
    signal: record.signal,
    oomKilled: record.oomKilled,
    queuedAt: wall(record.queuedAt),
    startedAt: wall(startedAt),
    healthyAt: wall(record.healthyAt),
    stoppedAt: wall(stoppedAt),
    durationMs: between(startedAt, stoppedAt ?? now),
    nextStartAt: nextStartAt(),
    skippedRuns: record.skippedRuns,
    killAt: phase.state === 'stopping' && !phase.killed ? wall(phase.killAt) : null,
    blockedOn:
      phase.state === 'blocked'
        ? phase.on.map(({ process, condition, state }) => ({ process, condition, state }))
        : [],
    source,
    definition: {
      ...definition,
      env: Object.fromEntries(Object.keys(definition.env).map((key) => [key, '[hidden]'])),
    },
    definitionDigest,
  };

  function nextStartAt(): number | null {
    if (phase.state === 'scheduled') return nextDueAt;
    return phase.state === 'backing-off' ? wall(phase.nextStartAt) : null;
  }
}

/** One run of the history, or the current one. */
export function toRunView(run: PastRun, { now, wallOffset }: Clocks): RunView {
  const { queuedAt, startedAt, healthyAt, stoppedAt } = run;
  const wall = (steady: number | null): number | null => (steady === null ? null : steady + wallOffset);
  return {
    run: run.run,
    pid: run.pid,
    queuedAt: wall(queuedAt),
    startedAt: wall(startedAt),
    healthyAt: wall(healthyAt),
    stoppedAt: wall(stoppedAt),
    waitedMs: between(queuedAt, startedAt),
    toHealthyMs: between(startedAt, healthyAt),
    durationMs: between(startedAt, stoppedAt ?? now),
    exitCode: run.exitCode,
    signal: run.signal,
    oomKilled: run.oomKilled,
    message: run.message,
  };
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : to - from;
}
