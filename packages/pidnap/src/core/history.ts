/** Derives the entries of the history: one for each run that ended. */
import { leaderOf, isLive, type ProcessRecord } from './record.ts';

/** One run, in steady times. A run that is up has no `stoppedAt`, no exit and no message. */
export interface PastRun {
  readonly run: number;
  /** Null: it could not be started, or was called off before it had one. */
  readonly pid: number | null;
  readonly queuedAt: number | null;
  readonly startedAt: number | null;
  readonly healthyAt: number | null;
  readonly stoppedAt: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly oomKilled: boolean;
  /** Why it ended, for people. */
  readonly message: string;
}

/** The run that is being started, is up, or is being ended; null when there is none. */
export function currentRun(record: ProcessRecord): PastRun | null {
  if (!isLive(record)) return null;
  const { phase, runs: run, queuedAt, startedAt, healthyAt, stoppedAt } = record;
  const hasExited = phase.state === 'stopping' && phase.exit !== null;
  return {
    run,
    pid: phase.state === 'stopping' ? phase.pid : (leaderOf(record)?.pid ?? null),
    queuedAt,
    startedAt,
    healthyAt,
    stoppedAt,
    exitCode: hasExited ? record.exitCode : null,
    signal: hasExited ? record.signal : null,
    oomKilled: hasExited && record.oomKilled,
    message: '',
  };
}

/**
 * The entry for the history when the way from `before` to `after` ended a run: it exited and its tree is gone, could
 * not be spawned, or was lost while pidnap was away. Null otherwise.
 */
export function endedRun(before: ProcessRecord, after: ProcessRecord): PastRun | null {
  const current = currentRun(before);
  if (current === null || isLive(after)) return null;
  const { startedAt, healthyAt, stoppedAt, exitCode, signal, oomKilled, endMessage: message } = after;
  return { ...current, startedAt, healthyAt, stoppedAt, exitCode, signal, oomKilled, message };
}
