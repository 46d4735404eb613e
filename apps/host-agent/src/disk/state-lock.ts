import { rm } from 'node:fs/promises';
import * as v from 'valibot';
import { HostFailure } from '../host-failure.ts';
import { readProcess } from '../process/process-table.ts';
import { readIfPresent, writeDurably } from './durable-file.ts';

const Lock = v.object({ pid: v.number(), startMark: v.string() });

/**
 * Takes a state folder for this process. Throws CONFLICT while another live process has it: two host-agents on one
 * state would break every promise about actions. A dead owner's lock is taken over. Resolves with the way to let go.
 */
export async function lockState(path: string): Promise<() => Promise<void>> {
  const text = await readIfPresent(path);
  const owner = text === null ? null : parseLock(text);
  if (owner !== null && owner.pid !== process.pid) {
    const alive = await readProcess(owner.pid, '');
    if (alive !== null && alive.startMark === owner.startMark) {
      throw new HostFailure('CONFLICT', `A host-agent with pid ${owner.pid} uses this state folder`);
    }
  }
  const own = await readProcess(process.pid, '');
  await writeDurably(path, JSON.stringify({ pid: process.pid, startMark: own?.startMark ?? '' }));
  return () => rm(path, { force: true });
}

function parseLock(text: string): v.InferOutput<typeof Lock> | null {
  try {
    return v.parse(Lock, JSON.parse(text));
  } catch {
    // Half a lock was written by nobody who is alive: locks are written durably before any work.
    return null;
  }
}
