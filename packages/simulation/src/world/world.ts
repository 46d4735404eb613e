/**
 * A world: projects of machines on hosts, watched by the objects of the control plane, in virtual time. Everything that
 * happens in it follows from its spec.
 */
import type { MachineTemplate, Policy } from '@fettle/contract';
import { machineIdOf } from '@fettle/core';
import { Runtime, type ObjectNamespace } from '../runtime/runtime.ts';
import { Timeline } from '../runtime/timeline.ts';
import { CopyStore } from './copies.ts';
import { NO_BUCKET_TROUBLE, type BucketTrouble } from './evidence.ts';
import { Host } from './host.ts';
import { Link, NOWHERE } from './link.ts';
import { MachineObject } from './machine-object.ts';
import type { Observer } from './observer.ts';
import { Outside } from './outside.ts';
import { Pidnap } from './pidnap.ts';
import { Placement } from './placement.ts';
import { ProjectObject, type StoredProject } from './project-object.ts';
import { hash, Random } from './random.ts';
import type { StoredMachine } from './record-keeper.ts';
import type { WorldSpec } from './spec.ts';
import { PERSON } from './person.ts';
import { Repositories } from './versions.ts';

/** When every world begins. */
export const T0 = 1_780_000_000_000;

/** The rhythm of the cron trigger. */
const SWEEP_EVERY_MS = 60_000;

const TEMPLATE: MachineTemplate = {
  type: 'local-docker',
  services: [
    {
      name: 'web',
      command: ['node', 'server.mjs'],
      port: 8080,
      healthPath: '/healthz',
      restartBudget: { maxRestarts: 5, withinMs: 60_000 },
    },
  ],
  limits: { memoryMb: 512, cpus: 1, pids: 256 },
  versions: { platform: 'main', customer: 'main' },
  image: null,
  regions: [],
};

/** What a world is besides its spec. */
export type WorldOptions = {
  /** A bug that the world has, to show that it is found: `forgets-bricked` takes every such word for acknowledged. */
  bug: 'forgets-bricked' | null;
};

export const NO_OPTIONS: WorldOptions = { bug: null };

export class World {
  readonly options: WorldOptions;
  readonly spec: WorldSpec;
  readonly observer: Observer;
  readonly timeline = new Timeline(T0);
  readonly random: Random;
  readonly runtime: Runtime;
  readonly machines: ObjectNamespace<StoredMachine, MachineObject>;
  readonly projects: ObjectNamespace<StoredProject, ProjectObject>;
  readonly repositories = new Repositories();
  readonly copies = new CopyStore();
  /** What goes wrong where evidence is kept. */
  bucket: BucketTrouble = NO_BUCKET_TROUBLE;
  readonly hosts: Host[];
  readonly pidnap: Pidnap;
  readonly projectNames: string[];
  /** What the objects' clock showed when it was set back. */
  furthestClock = 0;
  /** Machines of which our own code does not get its looks made: something of ours is broken. */
  readonly broken = new Set<string>();
  /** The policy that the projects have now. */
  policy: Policy;
  private readonly placements = new Map<string, Placement>();
  private readonly projectLinks = new Map<string, Link>();

  constructor(spec: WorldSpec, observer: Observer, options = NO_OPTIONS) {
    this.options = options;
    this.spec = spec;
    this.observer = observer;
    this.policy = spec.policy;
    this.random = new Random(spec.seed, 'world');
    const { timeline, random, repositories, copies } = this;
    this.runtime = new Runtime({ timeline, random: () => random.next() });
    const outside = new Outside(this);
    this.machines = this.runtime.define({
      name: 'Machine',
      create: (context) => new MachineObject(context, outside),
    });
    this.projects = this.runtime.define({
      name: 'Project',
      create: (context) => new ProjectObject(context, outside),
    });
    this.pidnap = new Pidnap({
      timeline,
      random,
      repositories,
      onExecuted: (sandbox, action) => observer.executedInside(sandbox, action),
    });
    this.hosts = Array.from(
      { length: spec.hosts },
      (_, index) =>
        new Host(`host-${index + 1}`, {
          timeline,
          random,
          repositories,
          copies,
          onExecuted: (request, sandbox) => observer.executed(request, sandbox),
          onDeclined: (why) => observer.declined(why),
          onKnown: (sandbox) => {
            const placement = this.placements.get(sandbox.machineId);
            if (placement !== undefined) placement.sandbox = sandbox;
          },
          onBooted: ({ machineId }) => this.placements.get(machineId)?.reporter.begin(),
        }),
    );
    this.projectNames = Array.from({ length: spec.projects }, (_, index) => `p${index + 1}`);
    for (const name of this.projectNames) this.projectLinks.set(name, new Link());
  }

  /** Asks for the projects, and begins to sweep them. */
  begin(): void {
    const slots = Array.from({ length: this.spec.slots }, (_, index) => `s${index + 1}`);
    for (const [index, project] of this.projectNames.entries()) {
      const config = { organization: 'acme', project, template: TEMPLATE, policy: this.policy, slots };
      this.projects.get(project).call('apply', config, null);
      const first = T0 + SWEEP_EVERY_MS + index * 10;
      this.timeline.schedule(first, sweep, this, project);
    }
  }

  /** The cron trigger: it fires whatever became of the sweep before. */
  sweep(project: string): void {
    this.timeline.schedule(this.timeline.now + SWEEP_EVERY_MS, sweep, this, project);
    this.projects.get(project).call('sweep', null, null);
  }

  /** Gives every project another policy. */
  setPolicy(policy: Policy): void {
    this.policy = policy;
    for (const project of this.projectNames)
      this.projects.get(project).call('ask', { type: 'policy-set', policy, by: PERSON }, null);
  }

  get firstHost(): Host {
    const [first] = this.hosts;
    if (first === undefined) throw new Error('A world has at least one host');
    return first;
  }

  /** Where a machine is, or goes: it stays where it was first asked for. */
  place(machineId: string, slot: string): Host {
    const known = this.placements.get(machineId);
    if (known !== undefined) return known.host;
    const start = (hash(slot) + Number(machineId.slice(machineId.lastIndexOf('.') + 1))) % this.hosts.length;
    const order = this.hosts.map((_, index) => this.hosts[(start + index) % this.hosts.length]);
    const host = order.find((one) => one?.hasPower && one.foreignHostId === null) ?? this.firstHost;
    this.placements.set(machineId, new Placement(this, machineId, host));
    return host;
  }

  hostOf(machineId: string): Host | undefined {
    return this.placements.get(machineId)?.host;
  }

  placement(machineId: string): Placement | undefined {
    return this.placements.get(machineId);
  }

  /** The way from us to a machine. */
  linkTo(machineId: string): Link {
    return this.placements.get(machineId)?.down ?? NOWHERE;
  }

  /** The way to a machine loses or delays some of what is sent over it, and not all. */
  isPathPartlyLost(machineId: string): boolean {
    const trouble = this.placements.get(machineId)?.down.trouble ?? null;
    return trouble !== null && trouble.lost < 1;
  }

  projectLink(project: string): Link {
    const link = this.projectLinks.get(project);
    if (link === undefined) throw new Error(`There is no project ${project}`);
    return link;
  }

  /** The newest machine of the slot with this number, counted through all projects. */
  machineOf(target: number): string {
    const { projects, slots } = this.spec;
    const index = target % (projects * slots);
    const project = this.projectNames[Math.floor(index / slots)] ?? 'p1';
    const slot = `s${(index % slots) + 1}`;
    const known = this.projects.get(project).state?.slots.find((one) => one.slot === slot);
    return known?.machines[0] ?? machineIdOf({ project }, slot, 1);
  }
}

function sweep(world: World, project: string): void {
  world.sweep(project);
}
