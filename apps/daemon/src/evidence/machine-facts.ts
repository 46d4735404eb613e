import type { InsideEvidence } from '@fettle/contract';
import { readFileSync, statfsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { findMachineGroups } from '../collectors/machine-groups.ts';
import { GROUP_FILES, memoryKills } from '../metrics/cgroup.ts';

const MB = 1024 * 1024;

/** Processes that the kernel ended for memory in the machine's control group; `null` where it has none of its own. */
export function countMemoryKills(): number | null {
  const { all } = findMachineGroups({ hostMemory: totalmem(), hostProcessors: cpus().length });
  if (all === null) return null;
  try {
    return memoryKills(readFileSync(join(all.folder, GROUP_FILES[all.version].memoryEvents), 'utf8'));
  } catch {
    return null; // a kernel that does not count them has no such file
  }
}

/** Room on the disk that a path is on, as `df` computes it. */
export function lookAtDisk(path: string): NonNullable<InsideEvidence['disk']> {
  const { bsize, blocks, bavail } = statfsSync(path);
  return { totalMb: Math.round((bsize * blocks) / MB), freeMb: Math.round((bsize * bavail) / MB) };
}
