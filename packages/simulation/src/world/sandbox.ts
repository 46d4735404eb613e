/**
 * One machine as it really is, whatever anybody believes: its processes, versions, disk and data. Answers are kept
 * until something changes, because a world asks a thousand times for one change.
 */
import type {
  DataCopy,
  HealthReport,
  Inspection,
  Operation,
  ProviderState,
  ServiceState,
  ServiceStatus,
  VersionSet,
} from '@fettle/contract';
import type { ChangeProgress } from '@fettle/core';
import type { Repositories } from './versions.ts';

/** The processes that pidnap keeps on every machine of a world. */
export const PROCESSES = ['daemon', 'web'] as const;
export type ProcessName = (typeof PROCESSES)[number];

type Process = {
  state: ServiceState;
  /** Runs and does not answer. */
  hung: boolean;
  /** Hangs again after a restart of its own; only a restart of the machine helps. */
  stubborn: boolean;
  restarts: number;
  /** Which of the machine's starts it came up with. */
  start: number;
};

/** What a service needs from its start until it answers, at most. */
export const LONGEST_START_MS = 15_000;

/** What every machine of a world says of its resources. */
export const RESOURCES = { cpuPercent: 3, memoryUsedMb: 80, memoryTotalMb: 512, diskUsedPercent: 12 };

export class Sandbox {
  readonly machineId: string;
  readonly slot: string;
  /** Which of the world's hosts it lives on. */
  readonly hostId: string;
  power: ProviderState = 'absent';
  diskPresent = false;
  /** What it was made from last. */
  image: string | undefined = undefined;
  versions: VersionSet | null = null;
  operation: Operation | null = null;
  changes: ChangeProgress[] = [];
  lastCopy: DataCopy | null = null;
  /** The copy that its data came from. */
  restoredFrom: string | null = null;
  /** pidnap does not answer any more. */
  pidnapHung = false;
  /** Nothing starts any more, whatever is done; only another machine helps. */
  ruined = false;
  /** The daemon says that all is well, whatever is. */
  lies = false;
  /** Its host said once that it does not exist, although it did. */
  wasDenied = false;
  /** What the machine's own clock is off by. */
  clockOffMs = 0;
  /** When it last was not well in truth; what is done to it needs a reason that is not older than this. */
  lastUnwellAt = 0;
  readonly processes: Record<ProcessName, Process> = { daemon: newProcess(), web: newProcess() };
  private readonly repositories: Repositories;
  private boot = 0;
  private starts = 0;
  private seq = 0;
  private writes = 0;
  private writingSince: number | null = null;
  private exitCode: number | null = null;
  private memoryKilled = false;
  private startedAt: number | null = null;
  private shownInspection: Inspection | null = null;
  private shownServices: ServiceStatus[] | null = null;

  constructor(identity: { machineId: string; slot: string; hostId: string }, repositories: Repositories) {
    this.machineId = identity.machineId;
    this.slot = identity.slot;
    this.hostId = identity.hostId;
    this.repositories = repositories;
  }

  /** Whether it does what its owner pays for. */
  isWell(): boolean {
    const { daemon, web } = this.processes;
    return this.power === 'running' && !this.pidnapHung && answers(daemon) && answers(web);
  }

  /** Whether a process answers when it is asked. */
  answers(name: ProcessName): boolean {
    return this.power === 'running' && answers(this.processes[name]);
  }

  /** The commit that a process runs. */
  commitOf(name: ProcessName): string | undefined {
    return name === 'daemon' ? this.versions?.platform : this.versions?.customer;
  }

  /** Tells one start of a process from another. */
  startOf(name: ProcessName): number {
    return this.processes[name].start;
  }

  /** Everything that changes a machine ends here: what was said of it before is out of date. */
  changed(now: number): void {
    this.shownInspection = null;
    this.shownServices = null;
    if (!this.isWell()) this.lastUnwellAt = now;
    const writing = this.answers('web');
    if (!writing && this.writingSince !== null) {
      this.writes = this.writesAt(now);
      this.writingSince = null;
    }
    if (writing && this.writingSince === null) this.writingSince = now;
  }

  /** Length of the write log: one write a second while the service answers. */
  writesAt(now: number): number {
    return this.writingSince === null
      ? this.writes
      : this.writes + Math.floor((now - this.writingSince) / 1000);
  }

  /** Puts data on the disk before the first start. */
  restore(copyId: string | null, writes: number): void {
    this.restoredFrom = copyId;
    this.writes = writes;
  }

  inspect(): Inspection {
    this.shownInspection ??= {
      machineId: this.machineId,
      state: this.power,
      instanceId: this.power === 'absent' ? null : `instance-${this.boot}`,
      image: this.image ?? null,
      startedAt: this.startedAt,
      exitCode: this.exitCode,
      memoryKilled: this.memoryKilled,
      trouble: null,
      diskPresent: this.diskPresent,
      operation: this.operation,
      lastCopy: this.lastCopy,
      host: this.hostId,
    };
    return this.shownInspection;
  }

  services(): ServiceStatus[] {
    this.shownServices ??= PROCESSES.map((name) => statusOf(name, this.processes[name]));
    return this.shownServices;
  }

  /** What the daemon says of the services, which need not be true. */
  claimedServices(): ServiceStatus[] {
    return this.lies ? WELL : this.services();
  }

  /** What the daemon reports now; `null` when it cannot. */
  report(now: number): HealthReport | null {
    if (!this.answers('daemon')) return null;
    this.seq += 1;
    return {
      bootId: `boot-${this.boot}`,
      seq: this.seq,
      sentAt: now + this.clockOffMs,
      versions: this.versions,
      services: this.claimedServices(),
      pidnapAnswers: this.lies || !this.pidnapHung,
      resources: RESOURCES,
    };
  }

  /** The machine comes up with everything on it. */
  bootUp(now: number): void {
    this.power = 'running';
    this.diskPresent = true;
    this.boot += 1;
    this.startedAt = now;
    this.exitCode = null;
    this.memoryKilled = false;
    this.pidnapHung = false;
    for (const name of PROCESSES) {
      this.processes[name] = newProcess();
      this.beginStart(name, now);
    }
  }

  /** A process begins to start; `finishStart` says what becomes of it. */
  beginStart(name: ProcessName, now: number): void {
    const process = this.processes[name];
    process.state = 'starting';
    this.starts += 1;
    process.start = this.starts;
    process.restarts += 1;
    if (!process.stubborn) process.hung = false;
    this.changed(now);
  }

  finishStart(name: ProcessName, now: number): void {
    const process = this.processes[name];
    if (this.power !== 'running' || process.state !== 'starting') return;
    const cannotRun = this.versions === null || this.repositories.crashes(this.image, this.commitOf(name));
    process.state = this.ruined || cannotRun ? 'failed' : 'running';
    if (name === 'daemon' && process.state === 'running') {
      this.boot += 1;
      this.seq = 0;
    }
    this.changed(now);
  }

  /** The machine ends, by itself or because it was asked to. */
  halt(now: number, why: { exitCode: number | null; memoryKilled: boolean }): void {
    if (this.power === 'absent') return;
    this.power = 'stopped';
    this.exitCode = why.exitCode;
    this.memoryKilled = why.memoryKilled;
    this.changed(now);
  }

  /** The container is gone, and perhaps its disk. */
  vanish(now: number, withDisk: boolean): void {
    this.power = 'absent';
    if (withDisk) this.diskPresent = false;
    this.operation = null;
    this.changed(now);
  }
}

function newProcess(): Process {
  return { state: 'pending', hung: false, stubborn: false, restarts: -1, start: 0 };
}

function answers(process: Process): boolean {
  return process.state === 'running' && !process.hung;
}

function statusOf(name: ProcessName, process: Process): ServiceStatus {
  const failed = process.state === 'failed';
  return {
    name,
    state: process.state,
    health: process.state === 'starting' ? 'unknown' : answers(process) ? 'healthy' : 'unhealthy',
    restarts: Math.max(0, process.restarts),
    pid: process.state === 'running' ? 100 : null,
    exitCode: failed ? 1 : null,
    signal: null,
    startedAt: null,
    reason: failed ? 'ended too often' : null,
  };
}

const WELL: ServiceStatus[] = PROCESSES.map((name) => statusOf(name, { ...newProcess(), state: 'running' }));
