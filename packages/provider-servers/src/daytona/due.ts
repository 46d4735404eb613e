/** What Daytona does with a sandbox by itself when its time has come. Pure. */
import type { SandboxRecord } from './record.ts';

const MINUTE = 60_000;
/** Archived after this at the latest: an interval of 0 means the longest, 30 days. */
const LONGEST_ARCHIVE_MINUTES = 30 * 24 * 60;

/** The next step that is due; `null`: none. */
export function dueStep(record: SandboxRecord, now: number): 'stop' | 'archive' | 'destroy' | null {
  if (record.change !== null || record.rests === 'destroyed') return null;
  if (record.autoDestroyAt !== null && now >= record.autoDestroyAt) return 'destroy';
  if (record.rests === 'started') {
    const idle = now - record.lastActivityAt;
    return record.autoStopInterval > 0 && idle >= record.autoStopInterval * MINUTE ? 'stop' : null;
  }
  if (record.rests !== 'stopped' && record.rests !== 'archived') return null;
  const stoppedFor = now - (record.stoppedAt ?? now);
  if (record.autoDeleteInterval >= 0 && stoppedFor >= record.autoDeleteInterval * MINUTE) return 'destroy';
  if (record.rests === 'archived') return null;
  const archiveAfter =
    record.autoArchiveInterval === 0 ? LONGEST_ARCHIVE_MINUTES : record.autoArchiveInterval;
  return stoppedFor >= archiveAfter * MINUTE ? 'archive' : null;
}
