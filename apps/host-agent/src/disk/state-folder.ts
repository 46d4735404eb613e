import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

/** Where a host-agent keeps what must outlive it. */
export interface StateFolder {
  root: string;
  hostFile: string;
  lockFile: string;
  actions: string;
  machines: string;
  copies: string;
  images: string;
  machine(machineId: string): MachineFolder;
}

/** Files of one machine; `disk` is used by plain processes only. */
export interface MachineFolder {
  root: string;
  record: string;
  instance: string;
  output: string;
  disk: string;
}

/** Names the parts of a state folder; touches nothing. */
export function stateFolder(root: string): StateFolder {
  const base = resolve(root);
  const machines = join(base, 'machines');
  return {
    root: base,
    hostFile: join(base, 'host.json'),
    lockFile: join(base, 'lock.json'),
    actions: join(base, 'actions'),
    machines,
    copies: join(base, 'copies'),
    images: join(base, 'image'),
    machine(machineId) {
      const folder = join(machines, machineId);
      return {
        root: folder,
        record: join(folder, 'record.json'),
        instance: join(folder, 'instance.json'),
        output: join(folder, 'output.log'),
        disk: join(folder, 'disk'),
      };
    },
  };
}

/**
 * The host id that follows from where the state is. Being derived, it comes back after the state folder was
 * erased, so that `reset` still finds the containers and processes of the erased state.
 */
export function derivedHostId(root: string): string {
  return `host-${createHash('sha256')
    .update(`${hostname()}\n${resolve(root)}`)
    .digest('hex')
    .slice(0, 12)}`;
}
