/** Where the control groups of this process are, outermost last. Pure: from `/proc/self/cgroup` and `/proc/self/mountinfo`. */

import { type Mount, ownPath, parseMounts } from '@fettle/pidnap/control-groups';

/** The groups of one hierarchy, the process's own first, each within the next. */
export type GroupFolders = {
  version: 1 | 2;
  /** Absolute paths; the last one is where the hierarchy, or the part of it that can be seen, is mounted. */
  folders: readonly string[];
  /** The mount shows a part of the hierarchy only: what is seen as its root is the group of a container. */
  partial: boolean;
};

/**
 * Groups that have a controller (`memory`, `cpu`, `cpuacct`, `cpuset`). With both versions mounted a controller is in one
 * of them; version 1 names its controllers, so it is asked first. `null`: there is no such hierarchy.
 */
export function groupFolders(
  { cgroup, mountinfo }: { cgroup: string; mountinfo: string },
  controller: string,
): GroupFolders | null {
  const mounts = parseMounts(mountinfo);
  const first = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
  if (first) return foldersOf(first, ownPath(cgroup, controller), 1);
  const second = mounts.find(({ type }) => type === 'cgroup2');
  return second ? foldersOf(second, ownPath(cgroup, null), 2) : null;
}

function foldersOf(mount: Mount, path: string | null, version: 1 | 2): GroupFolders {
  const root = mount.root === '/' ? '' : mount.root;
  // A container may be told a path of its host that is not below what it sees: then the mount itself is its group.
  const within =
    path !== null && path.startsWith(`${root}/`) && !path.includes('/../') ? path.slice(root.length) : '';
  const steps = within.split('/').filter(Boolean);
  const folders = steps.map((_, index) => [mount.point, ...steps.slice(0, index + 1)].join('/'));
  return { version, folders: [...folders.toReversed(), mount.point], partial: root !== '' };
}
