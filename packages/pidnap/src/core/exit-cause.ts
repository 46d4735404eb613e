/** Decides what an exit means, and says it. */
import type { StateReason } from '../contract/process.ts';
import type { ProcessRecord } from './record.ts';
import type { Outcome } from './restart-policy.ts';

/** Why a process is in its state, for programs and for people. */
export interface Cause {
  readonly reason: StateReason;
  readonly message: string;
}

/** A run is a success when it ended with exit code 0, whatever else; an exit that nobody saw is a failure. */
export function exitCause({
  exitCode,
  signal,
  oomKilled,
}: Pick<ProcessRecord, 'exitCode' | 'signal' | 'oomKilled'>): Cause & { outcome: Outcome } {
  if (exitCode === 0 && signal === null) {
    return { outcome: 'success', reason: 'exited-zero', message: 'exited with code 0' };
  }
  const how = signal === null ? `exited with code ${exitCode}` : `killed by ${signal}`;
  if (oomKilled) {
    const message = `${exitCode === null && signal === null ? 'ended' : how}, out of memory`;
    return { outcome: 'failure', reason: 'out-of-memory', message };
  }
  if (signal !== null) return { outcome: 'failure', reason: 'killed-by-signal', message: how };
  if (exitCode !== null) return { outcome: 'failure', reason: 'exited-nonzero', message: how };
  return { outcome: 'failure', reason: 'exit-not-seen', message: 'ended, nobody saw how' };
}
