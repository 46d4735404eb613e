/**
 * A simulated machine: its services, its versions, its data, and the supervisor and daemon inside it as far as the
 * control plane can tell. Time only passes in what it is asked for; it has no timers.
 */
import type { DaemonHealth, ServiceStatus, VersionRefs, VersionSet } from '@fettle/contract';
import { DAEMON } from '@fettle/core';
import type { NewMachine } from '../machine-provider.ts';

/** What makes a service sick for good, until the right thing is done about it. */
export type Ailment = { service: string; curedBy: 'restart-services' | 'versions' | 'restart' | 'nothing' };

/** Where commits come from: refs of both repositories, and commits whose services give up at once. */
export type FakeRepositories = {
  platform: Record<string, string>;
  customer: Record<string, string>;
  broken: string[];
};

/** The restoring of saved work that pidnap ran as a task. */
type Restore = { name: string; command: string[]; refused: string | null };

/** A version change that pidnap runs as a task. */
type Change = { name: string; refs: VersionRefs; command: string[]; endsAt: number; ended: boolean };

type Service = Pick<ServiceStatus, 'state' | 'health' | 'restarts' | 'pid' | 'startedAt'>;

const COMMIT = /^[0-9a-f]{40}$/;

export class FakeMachine {
  readonly order: NewMachine;
  /** The newest bootstrap token that it was given. */
  bootstrap: string;
  image: string;
  readonly region: string | null;
  power: 'running' | 'stopped' | 'paused' = 'running';
  versions: VersionSet;
  data: Map<string, string>;
  /** What else is on its disk: no copy holds it. */
  readonly otherFiles = new Map<string, string>();
  bootedAt = 0;
  boots = 0;
  /** Ports that take a request and never answer. */
  readonly silent = new Set<string>();
  /** Its own word on its services is always good. */
  isLying = false;
  /** What pidnap was asked to do, by action id; it acts on each id once. */
  readonly commands = new Map<string, string>();
  /** Requests that were taken, by the ids of their signatures: each once. */
  readonly signatures = new Set<string>();
  readonly services = new Map<string, Service>();
  readonly ailments: Ailment[] = [];
  readonly changes: Change[] = [];
  readonly restores: Restore[] = [];
  /** Why saved work cannot be brought back; `null` when it can. */
  refusesWork: string | null = null;
  private readonly repositories: FakeRepositories;
  private readonly now: () => number;

  constructor(options: {
    order: NewMachine;
    image: string;
    region: string | null;
    data: Map<string, string>;
    repositories: FakeRepositories;
    now: () => number;
  }) {
    this.order = options.order;
    this.bootstrap = options.order.bootstrap;
    this.image = options.image;
    this.region = options.region;
    this.data = options.data;
    this.repositories = options.repositories;
    this.now = options.now;
    const nothing = '0'.repeat(40);
    this.versions = { image: this.image, platform: nothing, customer: nothing };
    this.versions = this.resolve(options.order.versions);
  }

  /** Starts everything, as after power on. */
  boot(): void {
    this.power = 'running';
    this.bootedAt = this.now();
    this.boots += 1;
    for (const name of [DAEMON, ...this.order.services.map((service) => service.name)]) this.run(name, 0);
  }

  stop(): void {
    this.power = 'stopped';
    for (const [name, service] of this.services)
      this.services.set(name, { ...service, state: 'stopped', health: 'unknown', pid: null });
  }

  /** Starts from another image over the same data, with these versions. */
  rebuild(image: string, refs: VersionRefs): void {
    this.image = image;
    this.versions = this.resolve(refs);
    this.cure('versions');
    this.cure('restart');
    this.boot();
  }

  /** Makes a service sick now. */
  ail(ailment: Ailment): void {
    this.ailments.push(ailment);
    this.run(ailment.service, this.services.get(ailment.service)?.restarts ?? 0);
  }

  /** Removes what this cures. */
  cure(by: Ailment['curedBy']): void {
    const left = this.ailments.filter((one) => one.curedBy !== by);
    this.ailments.splice(0, this.ailments.length, ...left);
  }

  restartService(name: string): void {
    this.cure('restart-services');
    this.run(name, this.services.get(name)?.restarts ?? 0);
  }

  /** Begins a version change as one of pidnap's tasks. */
  change(name: string, command: string[], takesMs: number): void {
    const flag = (key: string) => (command.includes(key) ? command[command.indexOf(key) + 1] : undefined);
    const refs = { platform: flag('--platform'), customer: flag('--customer') };
    this.changes.push({ name, refs, command, endsAt: this.now() + takesMs, ended: false });
  }

  /** Brings saved work back as one of pidnap's tasks, or refuses it. */
  restore(name: string, command: string[]): void {
    this.restores.push({ name, command, refused: this.refusesWork });
  }

  /** Ends the version changes whose time has come. */
  settle(): void {
    for (const change of this.changes) {
      if (change.ended || this.power !== 'running' || this.now() < change.endsAt) continue;
      change.ended = true;
      this.versions = this.resolve(change.refs);
      this.cure('versions');
      for (const name of this.services.keys()) this.run(name, this.services.get(name)?.restarts ?? 0);
    }
  }

  /** The services as its supervisor tells them. */
  statuses(): (ServiceStatus & { message: string })[] {
    return [...this.services].map(([name, service]) => {
      const told: Service = this.isLying
        ? { ...service, state: 'running', health: 'healthy', pid: 1 }
        : service;
      const message = told.state === 'running' ? 'runs' : 'gave up after too many restarts';
      return {
        name,
        ...told,
        exitCode: told.state === 'failed' ? 1 : null,
        signal: null,
        reason: message,
        message,
      };
    });
  }

  daemonHealth(nonce: string): DaemonHealth {
    return {
      nonce,
      bootId: `boot-${this.boots}`,
      pid: this.services.get(DAEMON)?.pid ?? 1,
      startedAt: this.bootedAt,
      versions: this.versions,
      services: this.statuses().map(({ message: _message, ...status }) => status),
      pidnapAnswers: true,
      resources: { cpuPercent: 1, memoryUsedMb: 64, memoryTotalMb: 256, diskUsedPercent: 10 },
      lastReportAcceptedMsAgo: null,
    };
  }

  private run(name: string, restarts: number): void {
    const commit = name === DAEMON ? this.versions.platform : this.versions.customer;
    const isSick =
      this.repositories.broken.includes(commit) || this.ailments.some((one) => one.service === name);
    this.services.set(name, {
      state: isSick ? 'failed' : 'running',
      health: isSick ? 'unknown' : 'healthy',
      restarts: isSick ? restarts + 1 : restarts,
      pid: isSick ? null : 100 + this.services.size,
      startedAt: this.now(),
    });
  }

  private resolve(refs: VersionRefs): VersionSet {
    const commit = (repository: 'platform' | 'customer') => {
      const ref = refs[repository];
      if (ref === undefined) return this.versions[repository];
      return COMMIT.test(ref) ? ref : (this.repositories[repository][ref] ?? this.versions[repository]);
    };
    return { image: this.image, platform: commit('platform'), customer: commit('customer') };
  }
}
