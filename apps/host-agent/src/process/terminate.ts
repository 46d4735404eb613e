import { setTimeout as pause } from 'node:timers/promises';
import { HostFailure, systemCode } from '../host-failure.ts';
import { mainOf, membersOf, type ProcessEntry } from '../core/process-entry.ts';
import { readProcesses } from './process-table.ts';

/** Time that a machine gets to stop by itself. pidnap stops its services one after the other in it. */
export const STOP_GRACE_MS = 12_000;
/** Time in which killed processes must be gone. A process stuck in the kernel can stay longer than any wait. */
const KILL_LIMIT_MS = 5_000;
const POLL_MS = 50;

interface Target {
  machineId: string;
  hostId: string;
  recorded: { pid: number; startMark: string } | null;
  graceMs?: number;
}

/**
 * Ends every process of a machine: asks its main process, waits, then kills what is left, again and again until the
 * set is empty, because a killed process may have forked just before. Throws PROVIDER_FAILED if some stay.
 */
export async function terminate({
  machineId,
  hostId,
  recorded,
  graceMs = STOP_GRACE_MS,
}: Target): Promise<void> {
  const members = async () => membersOf(await readProcesses(hostId), machineId);

  const present = await members();
  const main = mainOf(present, recorded);
  const polite = main === null ? present : [main];
  for (const { pid } of polite) signal(pid, 'SIGTERM');
  // A process that was stopped by a signal only sees the request when it runs again.
  for (const { pid } of present) signal(pid, 'SIGCONT');
  if (await emptied(members, graceMs)) return;

  const limit = Date.now() + KILL_LIMIT_MS;
  for (;;) {
    const left = await members();
    if (left.length === 0) return;
    if (Date.now() >= limit)
      throw new HostFailure('PROVIDER_FAILED', `${left.length} processes of the machine stay alive`);
    for (const { pid } of left) signal(pid, 'SIGKILL');
    await pause(POLL_MS);
  }
}

async function emptied(members: () => Promise<ProcessEntry[]>, limitMs: number): Promise<boolean> {
  const limit = Date.now() + limitMs;
  for (;;) {
    if ((await members()).length === 0) return true;
    if (Date.now() >= limit) return false;
    await pause(POLL_MS);
  }
}

/** Sends a signal; a process that is gone by now needs none. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}
