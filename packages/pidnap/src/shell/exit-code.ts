import { constants } from 'node:os';
import type { ProcessRecord } from '../core/record.ts';

/**
 * The exit code that pidnap takes from a process that has ended for good: its own, or 128 + the number of the signal
 * that killed it, as shells do. 1 when it failed otherwise. Null while it has not ended, or was only stopped.
 */
export function exitCodeOf({ phase, exitCode, signal }: ProcessRecord): number | null {
  if (phase.state === 'completed') return 0;
  if (phase.state !== 'failed') return null;
  if (signal !== null) return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
  return exitCode === null || exitCode === 0 ? 1 : exitCode;
}
