/** Finds where the kernel counts the processes it ended for want of memory. */

import { type Mount, ownPath, parseMounts } from './control-groups.ts';

/** A file with a line `oom_kill <count>`. */
export interface MemoryCounter {
  readonly path: string;
  /** `group`: kills in pidnap's own control group. `machine`: kills anywhere on the machine. */
  readonly scope: 'group' | 'machine';
}

/**
 * Files to try, the best first. Version 1 of the control groups has a hierarchy for memory of its own
 * (`memory.oom_control`), version 2 one for everything (`memory.events`); with both mounted, memory is in one of them.
 * Inside a container `/proc/self/cgroup` may tell a path of the host that is not below the mount: then the mount itself is
 * the container's group. Last comes the count of the whole machine, for a system without control groups.
 */
export function memoryCounters({
  cgroup,
  mountinfo,
}: {
  cgroup: string;
  mountinfo: string;
}): MemoryCounter[] {
  const mounts = parseMounts(mountinfo);
  const first = mounts.find(({ type, options }) => type === 'cgroup' && options.includes('memory'));
  const second = mounts.find(({ type }) => type === 'cgroup2');
  return [
    ...foldersOf(first, ownPath(cgroup, 'memory')).map((folder) => `${folder}/memory.oom_control`),
    ...foldersOf(second, ownPath(cgroup, null)).map((folder) => `${folder}/memory.events`),
  ]
    .map((path): MemoryCounter => ({ path, scope: 'group' }))
    .concat({ path: '/proc/vmstat', scope: 'machine' });
}

/** The count in such a file; null when it has none. */
export function countKills(text: string | null): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text ?? '')?.[1];
  return count === undefined ? null : Number(count);
}

/** Where our own group may be mounted: below the mount when it is part of what is mounted, else the mount itself. */
function foldersOf(mount: Mount | undefined, path: string | null): string[] {
  if (!mount) return [];
  const root = mount.root === '/' ? '' : mount.root;
  const within =
    path !== null && (path === root || path.startsWith(`${root}/`)) ? path.slice(root.length) : '';
  const below = within === '' || within === '/' ? [] : [mount.point + within];
  return [...below, mount.point];
}
