/** Whether Fly starts a machine again whose main process ended by itself. Pure. */
import type { MachineRecord } from './record.ts';

/** Fly counts restarts within this time. */
const WINDOW_MS = 5 * 60_000;
/** How many there are within it, unasked. */
const MAX_RETRIES = 10;

/** The count after one more restart; `null`: it stays ended. The policy that nobody named is `on-failure`. */
export function restartDue(record: MachineRecord, now: number): MachineRecord['restarts'] | null {
  const { ended, rests, change, config } = record;
  if (rests !== 'stopped' || change !== null || ended === null) return null;
  const policy = config.restart?.policy ?? 'on-failure';
  if (policy === 'no') return null;
  if (policy !== 'always' && ended.exitCode === 0) return null;
  const { since, count } =
    now - record.restarts.since < WINDOW_MS ? record.restarts : { since: now, count: 0 };
  const most = policy === 'always' ? Infinity : (config.restart?.max_retries ?? MAX_RETRIES);
  return count < most ? { since, count: count + 1 } : null;
}
