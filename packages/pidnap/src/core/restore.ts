/** Decides in which state a process begins when pidnap starts, from the record an earlier boot left behind. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { createRecord, isLive, type ProcessRecord } from './record.ts';

/**
 * Processes of the config file begin anew with each boot: a boot is a start-up sequence, its tasks included. Tasks that
 * were added through the API run once: one that ended stays as it ended, one whose run was cut off has `failed`.
 * Counters and the last exit are kept, so that run numbers never repeat.
 */
export function restoreRecord(
  old: ProcessRecord | undefined,
  options: {
    name: string;
    definition: ProcessDefinition;
    source: 'config' | 'api';
    jitterSeed: number;
    now: number;
  },
): ProcessRecord {
  const { name, definition, source, jitterSeed, now } = options;
  const fresh = createRecord({ name, autostart: definition.autostart, jitterSeed, now });
  if (!old) return fresh;
  if (source === 'api' && definition.restart === 'never') {
    if (wasCutOff(old)) return cutOff(old, now);
    if (old.phase.state === 'completed' || old.phase.state === 'failed') return old;
    if (old.desired === 'down') return old;
  }
  const kept = { runs: old.runs, restarts: old.restarts, exitCode: old.exitCode, signal: old.signal };
  const stayDown = definition.restart === 'unless-stopped' && old.desired === 'down';
  if (!stayDown) return { ...fresh, ...kept };
  const stopped = createRecord({ name, autostart: false, jitterSeed, now });
  return { ...stopped, ...kept, reason: 'stop-requested', message: 'was stopped before pidnap restarted' };
}

/** The run had begun and was ended by the end of pidnap, orderly (shutdown) or not. */
function wasCutOff(old: ProcessRecord): boolean {
  if (isLive(old)) return old.desired === 'up';
  const { phase, reason, startedAt, queuedAt } = old;
  return (
    phase.state === 'stopped' && reason === 'shutdown' && startedAt !== null && startedAt >= (queuedAt ?? 0)
  );
}

function cutOff(old: ProcessRecord, now: number): ProcessRecord {
  return {
    ...old,
    phase: { state: 'failed' },
    since: now,
    reason: 'interrupted-by-supervisor-restart',
    message: `run ${old.runs} was cut off when pidnap ended`,
    stoppedAt: old.stoppedAt ?? now,
    health: { ...old.health, nextProbeAt: null },
  };
}
