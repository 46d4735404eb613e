import type { Readable } from 'node:stream';
import type { ExecCommand, ExecResult, HostBackend, Inspection } from '@fettle/contract/host-agent';
import type { MachineRecord } from '../disk/machine-records.ts';

/** What a backend itself can tell of one machine. */
export type Observation = Omit<Inspection, 'machineId' | 'operation' | 'lastCopy' | 'host'>;

/** What a disk is made from. */
export interface DiskContent {
  /** What the machine proves itself with at its first start; `null`: that comes later, by another way. */
  bootstrap: string | null;
  /** Path of a verified archive (gzip, entries below `data/`) to unpack before the first start. */
  restore: string | null;
}

/** Address of a machine's listener, as the host reaches it. */
export interface PortAddress {
  host: string;
  port: number;
}

/** An image by its hash, and when it was made here, in milliseconds since the epoch. */
export interface HostImage {
  image: string;
  createdAt: number;
}

/** Addresses of the machine gateway as machines reach it. */
export interface GatewayAddress {
  controlUrl: string;
  repositories: { platform: string; customer: string };
}

/**
 * Runs machines in one way. Every verb is idempotent by machine id and touches only what carries this host's id.
 * The caller keeps records and action ids, and never runs two verbs that change the same machine at once.
 */
export interface MachineBackend {
  readonly kind: HostBackend;
  /** Hash of the image that new machines get when no other is asked for. */
  readonly image: string;
  /** Every image that a machine can be made from, the newest first. */
  images(): Promise<HostImage[]>;
  /** For people: what machines run on. */
  readonly engine: string;
  /** Picks the ports that a new machine's listeners bind, by name. */
  choosePorts(services: MachineRecord['services']): Promise<MachineRecord['ports']>;
  /** Makes the machine with its disk and does not start it. Throws CONFLICT when something of it is there already. */
  prepare(record: MachineRecord, content: DiskContent): Promise<void>;
  /** Starts a machine that is there; nothing when it runs. Throws MACHINE_NOT_FOUND when it is gone. */
  start(record: MachineRecord): Promise<void>;
  /** Ends every process of a machine, gently first; nothing when none runs. */
  stop(machineId: string): Promise<void>;
  /** Removes the machine and its disk; nothing when both are gone. */
  destroy(machineId: string): Promise<void>;
  /** Takes down a stopped machine and leaves its disk, for `reclaim`. */
  release(machineId: string): Promise<void>;
  /** Sets a released machine up again on its disk, without starting it. */
  reclaim(record: MachineRecord): Promise<void>;
  /** Never throws: what cannot be told is `unknown`. */
  observe(machineId: string): Promise<Observation>;
  /** Ids of the machines of which anything is left. */
  list(): Promise<string[]>;
  exec(machineId: string, command: ExecCommand): Promise<ExecResult>;
  /** Last lines of the machine's own output, oldest first. */
  logs(machineId: string, tail: number): Promise<string[]>;
  /** Where a port of a running machine is reached; throws MACHINE_NOT_FOUND, MACHINE_UNREACHABLE or SERVICE_NOT_FOUND. */
  address(record: MachineRecord, portName: string): Promise<PortAddress>;
  /** A tar stream of the machine's data (entries below `data/`), also when the machine does not run. */
  readData(machineId: string): Promise<Readable>;
  /** Ends what the backend itself runs (timers); machines go on. */
  close(): Promise<void>;
}

/** What is known of a machine of which nothing is left. */
export const ABSENT: Observation = {
  state: 'absent',
  instanceId: null,
  image: null,
  startedAt: null,
  exitCode: null,
  memoryKilled: false,
  trouble: null,
  diskPresent: false,
};

/** Nothing can be told of the machine; its disk is assumed to be there, so that nobody gives it up. */
export const UNKNOWN: Observation = { ...ABSENT, state: 'unknown', diskPresent: true };
