/** Decides in which state a process begins when pidnap starts, from the record an earlier pidnap left behind. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { createRecord, hasEnded, isLive, isOver, type ProcessRecord } from './record.ts';
import { cutOff, resumeRecord, unseen } from './resume.ts';
import { settleExit } from './settle.ts';

export interface RestoreOptions {
  readonly name: string;
  readonly definition: ProcessDefinition;
  readonly source: 'config' | 'api';
  readonly jitterSeed: number;
  readonly now: number;
  /** pidnap was killed within this boot of the machine, and the definition is the one the record was made under. */
  readonly resumed: boolean;
  /** The process of the recorded run was found and goes on under this pidnap. */
  readonly alive: boolean;
}

/**
 * After a crash of pidnap (`resumed`) everything goes on where it was: what runs is adopted, what ended meanwhile is
 * settled as an exit that nobody saw, what waits or rests does so still.
 *
 * Otherwise processes of the config file begin anew: a boot is a start-up sequence, its tasks included. Tasks that were
 * added through the API run once: one that ended stays as it ended, one whose run was cut off has `failed`. Counters
 * and the last run are kept, so that run numbers never repeat.
 */
export function restoreRecord(old: ProcessRecord | undefined, options: RestoreOptions): ProcessRecord {
  if (!old) return createRecord(options);
  return options.resumed ? resumeRecord(old, options) : beginAnew(old, options);
}

function beginAnew(old: ProcessRecord, options: RestoreOptions): ProcessRecord {
  const { definition, source, now } = options;
  const last = isLive(old) ? lost(old, now) : old;
  const runsOnce = source === 'api' && definition.restart === 'never';
  if (runsOnce && !definition.schedule) {
    if (isOver(old)) return settleExit(old, now, definition);
    if (wasCutOff(old)) return failCutOff(last, now);
    if (hasEnded(old) && old.phase.state !== 'stopped') return old;
  }
  const stayDown = old.desired === 'down' && (runsOnce || definition.restart === 'unless-stopped');
  if (stayDown && runsOnce && hasEnded(old)) return old;
  const kept = {
    runs: last.runs,
    restarts: last.restarts,
    skippedRuns: last.skippedRuns,
    exitCode: last.exitCode,
    signal: last.signal,
    oomKilled: last.oomKilled,
    endMessage: last.endMessage,
    startedAt: last.startedAt,
    healthyAt: last.healthyAt,
    stoppedAt: last.stoppedAt,
  };
  if (!stayDown) return { ...createRecord(options), ...kept };
  const stopped = createRecord({ ...options, definition: { autostart: false } });
  return { ...stopped, ...kept, reason: 'stop-requested', message: 'was stopped before pidnap restarted' };
}

/** A run that is not taken on: it ended with the pidnap that started it, or is ended now. */
function lost(old: ProcessRecord, now: number): ProcessRecord {
  const { phase } = old;
  const endMessage = cutOff(old).message;
  if (phase.state === 'stopping' && phase.exit) return { ...old, endMessage };
  return { ...unseen(old, now), endMessage };
}

/** The run had begun and was ended by the end of pidnap, orderly (shutdown) or not. */
function wasCutOff(old: ProcessRecord): boolean {
  if (isLive(old)) return old.desired === 'up';
  const { phase, reason, startedAt, queuedAt } = old;
  return (
    phase.state === 'stopped' && reason === 'shutdown' && startedAt !== null && startedAt >= (queuedAt ?? 0)
  );
}

function failCutOff(last: ProcessRecord, now: number): ProcessRecord {
  return {
    ...last,
    ...cutOff(last),
    phase: { state: 'failed' },
    since: now,
    stoppedAt: last.stoppedAt ?? now,
    endMessage: cutOff(last).message,
    health: { ...last.health, nextProbeAt: null },
  };
}
