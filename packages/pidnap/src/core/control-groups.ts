/** Reads what the kernel tells a process about its control groups: `/proc/self/cgroup` and `/proc/self/mountinfo`. */

/** A mounted file system. */
export interface Mount {
  /** The part of the file system that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** Path of the own group in the hierarchy of a version 1 controller, or of version 2 (`null`); null when there is none. */
export function ownPath(cgroup: string, controller: string | null): string | null {
  for (const line of cgroup.split('\n')) {
    const [, id, controllers = '', path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (controller === null ? id === '0' && controllers === '' : controllers.split(',').includes(controller))
      return path;
  }
  return null;
}

/** Every mount. The fields are those of proc_pid_mountinfo(5); optional ones end with a lone `-`. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, point] = left.split(' ');
    const [type, , options] = right.split(' ');
    if (root === undefined || point === undefined || type === undefined) return [];
    return [{ root: unescape(root), point: unescape(point), type, options: (options ?? '').split(',') }];
  });
}

/** Spaces and the like are written as three octal digits. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCodePoint(parseInt(digits, 8)),
  );
}
