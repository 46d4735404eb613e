/** How a machine is asked of the Docker Engine. Pure. */
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { MachineRecord } from '../disk/machine-records.ts';

/** Every object of a host carries this label with the host's id; nothing without it is ever touched. */
export const HOST_LABEL = 'fettle.host';
export const MACHINE_LABEL = 'fettle.machine';
export const ROLE_LABEL = 'fettle.role';

/** The user that machines run as; the image gives it the folder that volumes are mounted on. */
export const MACHINE_USER = 1000;
/** Where the volume is mounted: the machine's disk. */
export const DISK_PATH = '/machine';
/** Time for a machine to stop by itself before it is killed, in seconds. */
export const STOP_GRACE_S = 12;

/** One name for the container and the volume of a machine: the engine refuses a second one. */
export function machineName(hostId: string, machineId: string): string {
  return `fettle-${hostId}-${machineId}`;
}

/** Labels of everything that belongs to one machine. */
export function machineLabels(
  hostId: string,
  { identity }: Pick<MachineRecord, 'identity'>,
): Record<string, string> {
  return {
    [HOST_LABEL]: hostId,
    [ROLE_LABEL]: 'machine',
    [MACHINE_LABEL]: identity.machineId,
    'fettle.organization': identity.organization,
    'fettle.project': identity.project,
    'fettle.slot': identity.slot,
    'fettle.generation': String(identity.generation),
  };
}

interface Surroundings {
  hostId: string;
  network: string;
  /** Names that the container must resolve, as `name:address`. */
  extraHosts: string[];
}

/** What a machine's container is created with: its limits, no capability, no way to gain one, no port but on loopback. */
export function containerSpec(
  record: MachineRecord,
  { hostId, network, extraHosts }: Surroundings,
): ContainerCreateOptions {
  const { identity, limits, ports, image } = record;
  const name = machineName(hostId, identity.machineId);
  const bytes = (limits.memoryMb ?? 512) * 1024 ** 2;
  const published = Object.values(ports).map((port) => `${port}/tcp`);
  return {
    name,
    Image: image,
    Hostname: `${identity.slot}-${identity.generation}`,
    User: `${MACHINE_USER}:${MACHINE_USER}`,
    Labels: machineLabels(hostId, record),
    ExposedPorts: Object.fromEntries(published.map((port) => [port, {}])),
    StopTimeout: STOP_GRACE_S,
    HostConfig: {
      ...lockedDown(),
      NetworkMode: network,
      ExtraHosts: extraHosts,
      Mounts: [{ Type: 'volume', Source: name, Target: DISK_PATH }],
      // An empty host port lets the engine take a free one.
      PortBindings: Object.fromEntries(
        published.map((port) => [port, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
      ),
      Memory: bytes,
      // Equal to the memory: no swap, so that a machine that needs more is killed instead of slowing its host down.
      MemorySwap: bytes,
      NanoCpus: Math.round((limits.cpus ?? 1) * 1e9),
      PidsLimit: limits.pids ?? 256,
      RestartPolicy: { Name: 'no' },
      // Node reaps only the children that it started itself.
      Init: true,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
    },
  };
}

/** A container that is never started: it only holds a volume, so that files can be read from it. */
export function readerSpec(options: {
  hostId: string;
  image: string;
  volume: string;
}): ContainerCreateOptions {
  return {
    Image: options.image,
    Labels: { [HOST_LABEL]: options.hostId, [ROLE_LABEL]: 'reader' },
    HostConfig: {
      ...lockedDown(),
      NetworkMode: 'none',
      Mounts: [{ Type: 'volume', Source: options.volume, Target: DISK_PATH, ReadOnly: true }],
    },
  };
}

function lockedDown(): HostConfig {
  return {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    ReadonlyRootfs: true,
    // Counts as the machine's memory.
    Tmpfs: { '/tmp': 'rw,nosuid,nodev,exec,mode=1777,size=64m' },
  };
}
