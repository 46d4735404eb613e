import { isErrno } from './process-table.ts';

/** Sends a signal to a pid, or to a group when negative; 0 only asks. False when there is nobody to get it. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  return trySignal(pid, signal) === 'sent';
}

/** As `sendSignal`; tells whom it may not reach from who is not there. */
export function trySignal(pid: number, signal: NodeJS.Signals | 0): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return 'gone';
    // A process that changed its user is beyond our reach; the rest of the tree must still get the signal.
    if (isErrno(error, 'EPERM')) return 'refused';
    throw error;
  }
}

/**
 * Somebody is in the group of this leader. Asked at every end of a run, and the answer is mostly no:
 * an error that nobody reads needs no stack trace.
 */
export function groupExists(leader: number): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return trySignal(-leader, 0) !== 'gone';
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
