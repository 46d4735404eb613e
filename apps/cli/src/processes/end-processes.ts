import { setTimeout as pause } from 'node:timers/promises';
import { readProcess, signalProcess, type ProcessEntry } from './process-table.ts';

const POLL_MS = 50;

/** A process that must be the very one that was seen before: its pid may have gone to another since. */
export type ProcessRef = Pick<ProcessEntry, 'pid' | 'startMark'>;

/** Whether this very process still lives. */
export async function lives({ pid, startMark }: ProcessRef): Promise<boolean> {
  const entry = await readProcess(pid);
  return entry !== null && entry.startMark === startMark;
}

/** The reference to a live process; `null` when it has ended already. */
export async function referTo(pid: number): Promise<ProcessRef | null> {
  const entry = await readProcess(pid);
  return entry === null ? null : { pid, startMark: entry.startMark };
}

/** Resolves with whether all of them have ended within the time. */
export async function waitForEnd(processes: readonly ProcessRef[], limitMs: number): Promise<boolean> {
  const limit = Date.now() + limitMs;
  for (;;) {
    const living = await Promise.all(processes.map(lives));
    if (!living.includes(true)) return true;
    if (Date.now() >= limit) return false;
    await pause(POLL_MS);
  }
}

/** Ends processes: asks, waits for the grace, kills what is left. Resolves when they are gone; false when some stay. */
export async function endProcesses(processes: readonly ProcessRef[], graceMs: number): Promise<boolean> {
  await send(processes, 'SIGTERM');
  // A process that a signal has stopped sees the request only once it runs again.
  await send(processes, 'SIGCONT');
  if (await waitForEnd(processes, graceMs)) return true;
  await send(processes, 'SIGKILL');
  return waitForEnd(processes, 5_000);
}

async function send(processes: readonly ProcessRef[], signal: NodeJS.Signals): Promise<void> {
  for (const reference of processes) if (await lives(reference)) signalProcess(reference.pid, signal);
}
