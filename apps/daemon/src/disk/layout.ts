import type { RepositoryName } from '@fettle/contract';
import { BOOTSTRAP_PATH } from '@fettle/contract/boot-environment';
import { join } from 'node:path';

/** A unix socket's path has room for 103 bytes on macOS and 107 on Linux. */
const MAX_SOCKET_PATH = 100;

/** Where everything is on a machine's disk. Absolute paths below `root`; what is in each is told in the README. */
export type DiskLayout = ReturnType<typeof diskLayout>;

/** The places on the disk that is mounted at `root`, an absolute path. */
export function diskLayout(root: string) {
  const versions = join(root, 'versions');
  return {
    root,
    machineFile: join(root, 'fettle', 'machine.json'),
    credentialsFile: join(root, 'fettle', 'credentials.json'),
    /** An exchange of a bootstrap token whose answer is not there yet. */
    exchangeFile: join(root, 'fettle', 'exchange.json'),
    /** Where a provider puts a bootstrap token: on the disk itself, or where it can put nothing there. */
    bootstrapFiles: [join(root, 'fettle', 'bootstrap.json'), BOOTSTRAP_PATH],
    data: join(root, 'data'),
    home: join(root, 'home'),
    versions,
    gitCaches: join(versions, 'git'),
    checkouts: join(versions, 'checkouts'),
    sets: join(versions, 'sets'),
    current: join(versions, 'current'),
    /** Says that processes still run what was current before; gone once pidnap was asked to restart them. */
    restartDue: join(versions, 'restart-due.json'),
    /** Uncommitted work of checkouts that were replaced, a git bundle each. */
    savedWork: join(versions, 'saved-work'),
    lock: join(versions, 'lock.db'),
    gitConfig: join(versions, 'gitconfig'),
    npmCache: join(versions, 'npm-cache'),
    /** What the other package managers have fetched, a folder each. */
    packageCaches: join(versions, 'package-caches'),
    /** Package managers that are not part of the image, a folder for each exact version. */
    tools: join(versions, 'tools'),
    /** What the daemon has told the control plane about this start of the machine. */
    told: join(root, 'daemon', 'told.json'),
    /** For what is needed for a moment: a folder for each process that is at work, by its number. */
    scratch: join(root, 'scratch'),
    pidnapState: join(root, 'pidnap'),
    pidnapLogs: join(root, 'pidnap', 'logs'),
    pidnapSocket: pidnapSocket(root),
    /** Public keys of the commands that pidnap takes over TCP. */
    pidnapKeysFile: join(root, 'pidnap', 'command-keys'),
    pidnapConfig: join(root, 'pidnap', 'pidnap.config.json'),
  };
}

/**
 * On the disk, or for a disk deep in somebody's folders under a short name in `/tmp`. Not in TMPDIR: the supervisor and
 * the processes below it need not have the same one, and they all must come to the same path.
 */
function pidnapSocket(root: string): string {
  const path = join(root, 'pidnap', 'pidnap.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  // Loaded only here: it takes 3 MB, and few disks are that deep.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return join('/tmp', `fettle-${createHash('sha256').update(root).digest('hex').slice(0, 24)}.sock`);
}

/** Bare clone of a repository; only a cache: it is made anew when it is broken. */
export function gitCache(disk: DiskLayout, repository: RepositoryName): string {
  return join(disk.gitCaches, `${repository}.git`);
}

/** Folder of the version set with this number. */
export function setFolder(disk: DiskLayout, number: number): string {
  return join(disk.sets, String(number));
}

/** The checkout that is current, through the symlinks: what processes run in. */
export function currentCheckout(disk: DiskLayout, repository: RepositoryName): string {
  return join(disk.current, repository);
}
