import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { HOST_MARK, MACHINE_MARK } from '../core/process-entry.ts';

interface EnvironmentOptions {
  machineId: string;
  hostId: string;
  disk: string;
}

/**
 * The whole environment of a machine's processes: where programs are, a home on the machine's own disk, and the two
 * marks by which they are found again. Nothing else of the host-agent's environment reaches a machine.
 */
export function machineEnvironment({ machineId, hostId, disk }: EnvironmentOptions): Record<string, string> {
  const search = [dirname(process.execPath), process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'];
  return {
    [MACHINE_MARK]: machineId,
    [HOST_MARK]: hostId,
    PATH: search.join(delimiter),
    HOME: join(disk, 'home'),
    // What Node compiled once: every start but the first is a third faster.
    NODE_COMPILE_CACHE: join(disk, 'home', '.cache', 'node'),
    // The computer's own: a socket below the disk could have too long a path.
    TMPDIR: tmpdir(),
    LANG: 'C.UTF-8',
  };
}
