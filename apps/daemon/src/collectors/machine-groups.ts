import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundingGroup } from '../metrics/bounding-group.ts';
import { groupFolders, type GroupFolders } from '../metrics/cgroup-folders.ts';
import { GROUP_FILES, cfsQuota, cpuMax, cpuSetSize, memoryLimit } from '../metrics/cgroup.ts';

/** The group that bounds the machine for one resource. */
export type MachineGroup = { version: 1 | 2; folder: string };

/** Which control groups are the machine; `null` where the machine is the whole host. */
export type MachineGroups = {
  memory: MachineGroup | null;
  cpu: (MachineGroup & { usedIn: string }) | null;
  /** Processors of the host that the machine may run on. */
  processors: number;
  /** A group that holds exactly the machine's processes; `null` where other programs of a host may be in it. */
  all: MachineGroup | null;
};

/** Looks for the machine's groups. `hostMemory` in bytes; `hostProcessors`: what the system has. */
export function findMachineGroups({
  hostMemory,
  hostProcessors,
}: {
  hostMemory: number;
  hostProcessors: number;
}): MachineGroups {
  const own = {
    cgroup: readText('/proc/self/cgroup') ?? '',
    mountinfo: readText('/proc/self/mountinfo') ?? '',
  };
  const memory = groupFolders(own, 'memory');
  const cpu = groupFolders(own, 'cpu');
  const cpuset = groupFolders(own, 'cpuset');
  const allowed = cpuset && cpuSetSize(readText(join(first(cpuset), GROUP_FILES[cpuset.version].cpuSet)));
  const processors = Math.min(allowed ?? hostProcessors, hostProcessors);
  return {
    memory: memory && memoryGroup(memory, hostMemory),
    cpu: cpu && cpuGroup(cpu, groupFolders(own, 'cpuacct'), processors),
    processors,
    all: memory && isContained(memory) ? { version: memory.version, folder: outermost(memory) } : null,
  };
}

function memoryGroup(at: GroupFolders, hostMemory: number): MachineGroup | null {
  const names = GROUP_FILES[at.version];
  const facts = at.folders.map((folder) => ({
    limit: memoryLimit(readText(join(folder, names.memoryLimit))),
    tellsUse: existsSync(join(folder, names.memoryUsed)),
  }));
  const folder = pick(at, facts, hostMemory);
  return folder === null ? null : { version: at.version, folder };
}

function cpuGroup(
  at: GroupFolders,
  accounting: GroupFolders | null,
  processors: number,
): MachineGroups['cpu'] {
  // Version 1 may count in another hierarchy than it limits in; there the group is as deep below the outermost one.
  const usedIn = (folder: string): string => {
    if (at.version === 2 || accounting === null) return folder;
    const depth = at.folders.length - at.folders.indexOf(folder);
    return accounting.folders[Math.max(0, accounting.folders.length - depth)] ?? outermost(accounting);
  };
  const facts = at.folders.map((folder) => ({
    limit: readCpuLimit({ version: at.version, folder }),
    tellsUse: existsSync(join(usedIn(folder), GROUP_FILES[at.version].cpuUsed)),
  }));
  const folder = pick(at, facts, processors);
  return folder === null ? null : { version: at.version, folder, usedIn: usedIn(folder) };
}

function readCpuLimit({ version, folder }: MachineGroup): number | null {
  if (version === 2) return cpuMax(readText(join(folder, 'cpu.max')));
  return cfsQuota(readText(join(folder, 'cpu.cfs_quota_us')), readText(join(folder, 'cpu.cfs_period_us')));
}

function pick(at: GroupFolders, facts: Parameters<typeof boundingGroup>[0], hostHas: number): string | null {
  const index = boundingGroup(facts, { hostHas, contained: isContained(at) });
  return index === null ? null : (at.folders[index] ?? null);
}

/** The root of a whole hierarchy lacks `cgroup.type` (v2) and alone has `release_agent` (v1): cgroups(7). */
function isContained(at: GroupFolders): boolean {
  if (at.version === 2) return existsSync(join(outermost(at), 'cgroup.type'));
  return at.partial || !existsSync(join(outermost(at), 'release_agent'));
}

function first({ folders }: GroupFolders): string {
  return folders[0] ?? '/';
}

function outermost({ folders }: GroupFolders): string {
  return folders.at(-1) ?? '/';
}

/** `null` for a file that is not there. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // absence is the answer
  }
}
