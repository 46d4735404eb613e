/**
 * A box that runs machines, with its host-agent: it executes an action id once, refuses a sequence below the highest
 * that it took, works one effect of a machine after the other, and tells how far it is.
 */
import type { Inspection, Operation, OperationKind } from '@fettle/contract';
import type { Outcome } from '@fettle/core';
import type { Timeline } from '../runtime/timeline.ts';
import type { CopyStore } from './copies.ts';
import {
  NO_TROUBLE,
  refusal,
  refusalOfStranger,
  type HostRequest,
  type HostTrouble,
} from './host-request.ts';
import { carryOut } from './host-work.ts';
import { Link } from './link.ts';
import { absent, failed, newOperation } from './operation.ts';
import type { Random } from './random.ts';
import { LONGEST_START_MS, PROCESSES, Sandbox, type ProcessName } from './sandbox.ts';
import type { Repositories } from './versions.ts';

/** Longest time of each kind of work, in ms; the shortest is a tenth of it. */
const WORK_MS: Record<OperationKind, number> = {
  create: 40_000,
  start: 15_000,
  stop: 5000,
  restart: 20_000,
  destroy: 4000,
  copy: 4000,
  rebuild: 30_000,
};

/** What a slow operation takes longer by. */
const SLOW_FACTOR = 20;

/** Operations of one machine that a host remembers; a repeat that is older is refused by its sequence. */
const OPERATIONS_KEPT = 32;

type Entry = {
  sandbox: Sandbox;
  highest: number;
  outcomes: Map<string, Operation>;
  queue: { request: HostRequest; operation: Operation }[];
  isBusy: boolean;
  /** What an eventually consistent answer still shows. */
  shown: { inspection: Inspection; at: number } | null;
};

export type HostParts = {
  timeline: Timeline;
  random: Random;
  repositories: Repositories;
  copies: CopyStore;
  /** Told of every effect that is really carried out. */
  onExecuted: (request: HostRequest, sandbox: Sandbox) => void;
  /** Told of every request that was taken before, or that a newer one has overtaken. */
  onDeclined: (why: 'repeated' | 'old') => void;
  /** Told of every machine that is asked for here for the first time. */
  onKnown: (sandbox: Sandbox) => void;
  /** Told of every machine that comes up. */
  onBooted: (sandbox: Sandbox) => void;
};

export class Host {
  readonly hostId: string;
  /** The way from us to its host-agent. */
  readonly link = new Link();
  /** Without power nothing on it runs. */
  hasPower = true;
  /** Another host answers in its place, which has none of its machines. */
  foreignHostId: string | null = null;
  private showsNothing = false;
  private showedNothingUntil = -Infinity;
  trouble: HostTrouble = NO_TROUBLE;
  private readonly entries = new Map<string, Entry>();
  private readonly parts: HostParts;

  constructor(hostId: string, parts: HostParts) {
    this.hostId = hostId;
    this.parts = parts;
  }

  /** From now on it says that none of its machines exist, which is not so; or it does not say so any more. */
  hideMachines(hides: boolean): void {
    if (this.showsNothing) this.showedNothingUntil = this.parts.timeline.now;
    this.showsNothing = hides;
    for (const { sandbox } of this.entries.values()) sandbox.wasDenied = true;
  }

  /** The latest time at which it said so. */
  showedNothingAt(): number {
    return this.showsNothing ? this.parts.timeline.now : this.showedNothingUntil;
  }

  /** The machines that are or were here. */
  sandboxes(): Sandbox[] {
    return [...this.entries.values()].map((entry) => entry.sandbox);
  }

  sandbox(machineId: string): Sandbox | undefined {
    return this.entries.get(machineId)?.sandbox;
  }

  /** Takes an effect, or refuses it. */
  take(request: HostRequest): Outcome {
    const { trouble, parts } = this;
    if (this.foreignHostId !== null) return refusalOfStranger(request);
    if (trouble !== NO_TROUBLE) {
      if (parts.random.chance(trouble.busy)) return refusal('PROVIDER_FAILED', 'Too many requests', true);
      if (parts.random.chance(trouble.failing)) return refusal('PROVIDER_FAILED', 'Internal error', true);
    }
    if (this.showsNothing && request.kind !== 'create') return refusalOfStranger(request);
    if (request.image !== null && !parts.repositories.hasImage(request.image))
      return refusal('IMAGE_NOT_FOUND', `There is no image ${request.image}`, false);
    const entry = this.entryOf(request);
    if (entry.outcomes.has(request.ref.id)) {
      parts.onDeclined('repeated');
      return { ok: true };
    }
    if (request.ref.sequence < entry.highest) {
      parts.onDeclined('old');
      return refusal('STALE_ACTION', 'A newer action was already accepted', false);
    }
    if (trouble !== NO_TROUBLE && parts.random.chance(trouble.refusing))
      return refusal('CONFLICT', 'The present state does not allow that', false);
    entry.highest = request.ref.sequence;
    const isLost = trouble !== NO_TROUBLE && parts.random.chance(trouble.operationsLost);
    if (isLost && parts.random.chance(trouble.operationsForgotten)) return { ok: true };
    parts.onExecuted(request, entry.sandbox);
    const operation = newOperation(request, parts.timeline.now);
    this.record(entry, operation);
    if (isLost) return { ok: true };
    entry.queue.push({ request, operation });
    if (!entry.isBusy) this.workNext(entry);
    return { ok: true };
  }

  /** What this host says of one machine now. */
  inspect(machineId: string): Inspection {
    if (this.foreignHostId !== null) return absent(machineId, this.foreignHostId);
    const entry = this.entries.get(machineId);
    if (entry === undefined) return absent(machineId, this.hostId);
    // What it works with shows nothing; what it has written down is still there.
    if (this.showsNothing) {
      const { operation, lastCopy } = entry.sandbox;
      return { ...absent(machineId, this.hostId), operation, lastCopy };
    }
    const inspection = entry.sandbox.inspect();
    const { staleMs } = this.trouble;
    const { now } = this.parts.timeline;
    if (staleMs > 0 && entry.shown !== null && now - entry.shown.at < staleMs) return entry.shown.inspection;
    if (staleMs > 0) entry.shown = { inspection, at: now };
    return inspection;
  }

  /** The power fails: everything ends, and what was under way is lost. */
  losePower(): void {
    this.hasPower = false;
    const { now } = this.parts.timeline;
    for (const entry of this.entries.values()) {
      const { sandbox, queue } = entry;
      for (const { operation } of queue.splice(0))
        this.record(entry, failed(operation, now, 'the host went down'));
      if (sandbox.power !== 'absent') sandbox.halt(now, { exitCode: 137, memoryKilled: false });
    }
  }

  /** Begins what a process needs until it answers, or fails. */
  startProcess(sandbox: Sandbox, name: ProcessName): void {
    sandbox.beginStart(name, this.parts.timeline.now);
    this.finishLater(sandbox, name);
  }

  /** The machine comes up, and its processes begin to start. */
  boot(sandbox: Sandbox): void {
    sandbox.bootUp(this.parts.timeline.now);
    for (const name of PROCESSES) this.finishLater(sandbox, name);
    this.parts.onBooted(sandbox);
  }

  private finishLater(sandbox: Sandbox, name: ProcessName): void {
    const { timeline, random } = this.parts;
    const takes = random.between(LONGEST_START_MS / 30, LONGEST_START_MS);
    timeline.schedule(timeline.now + takes, finishStart, { host: this, sandbox }, name);
  }

  /** Called when what a process needed for its start is over. What it runs may make it hang some minutes later. */
  finishStart(sandbox: Sandbox, name: ProcessName): void {
    const { timeline, random, repositories } = this.parts;
    sandbox.finishStart(name, timeline.now);
    const longest = repositories.sickensWithin(sandbox.image, sandbox.commitOf(name));
    if (longest === null || !sandbox.answers(name)) return;
    const takes = random.between(longest / 8, longest);
    timeline.schedule(
      timeline.now + takes,
      sicken,
      { host: this, sandbox },
      { name, start: sandbox.startOf(name) },
    );
  }

  /** Called when what a process runs has made it sick, unless it was started anew since. */
  sicken(sandbox: Sandbox, { name, start }: { name: ProcessName; start: number }): void {
    if (sandbox.startOf(name) !== start || !sandbox.answers(name)) return;
    if (this.parts.repositories.sickensWithin(sandbox.image, sandbox.commitOf(name)) === null) return;
    sandbox.processes[name].hung = true;
    sandbox.changed(this.parts.timeline.now);
  }

  private entryOf({ machineId, slot }: HostRequest): Entry {
    const known = this.entries.get(machineId);
    if (known !== undefined) return known;
    const entry: Entry = {
      sandbox: new Sandbox({ machineId, slot, hostId: this.hostId }, this.parts.repositories),
      highest: 0,
      outcomes: new Map(),
      queue: [],
      isBusy: false,
      shown: null,
    };
    this.entries.set(machineId, entry);
    this.parts.onKnown(entry.sandbox);
    return entry;
  }

  private record(entry: Entry, operation: Operation): void {
    const { sandbox, outcomes } = entry;
    outcomes.set(operation.action.id, operation);
    const oldest = outcomes.size > OPERATIONS_KEPT ? outcomes.keys().next().value : undefined;
    if (oldest !== undefined) outcomes.delete(oldest);
    const isNewest = operation.action.sequence >= (sandbox.operation?.action.sequence ?? 0);
    if (!isNewest) return;
    sandbox.operation = operation;
    sandbox.changed(this.parts.timeline.now);
  }

  private workNext(entry: Entry): void {
    const next = entry.queue[0];
    entry.isBusy = next !== undefined;
    if (next === undefined) return;
    const { timeline, random } = this.parts;
    const longest = WORK_MS[next.request.kind];
    const slow = this.trouble !== NO_TROUBLE && random.chance(this.trouble.operationsSlow) ? SLOW_FACTOR : 1;
    const takes = random.between(longest / 10, longest) * slow;
    const { sandbox } = entry;
    const meanwhile = MEANWHILE[next.request.kind];
    if (meanwhile !== null && (sandbox.power !== 'absent' || next.request.kind === 'create')) {
      sandbox.power = meanwhile;
      sandbox.changed(timeline.now);
    }
    timeline.schedule(timeline.now + takes, endWork, { host: this, entry }, next);
  }

  /** Called when the time of one piece of work is over. */
  conclude(entry: Entry, work: Entry['queue'][number]): void {
    const { now } = this.parts.timeline;
    // What a power failure took away is over already.
    if (entry.queue[0] !== work) return entry.queue.length > 0 ? this.workNext(entry) : this.rest(entry);
    entry.queue.shift();
    const error = this.fails()
      ? `${work.request.kind} went wrong`
      : this.carryOut(entry.sandbox, work.request);
    if (error !== null && MEANWHILE[work.request.kind] !== null) this.settleAfterFailure(entry.sandbox);
    const { operation } = work;
    this.record(
      entry,
      error === null ? { ...operation, status: 'done', finishedAt: now } : failed(operation, now, error),
    );
    this.workNext(entry);
  }

  private rest(entry: Entry): void {
    entry.isBusy = false;
  }

  private fails(): boolean {
    return this.trouble !== NO_TROUBLE && this.parts.random.chance(this.trouble.operationsFail);
  }

  private carryOut(sandbox: Sandbox, request: HostRequest): string | null {
    const { random, timeline, copies, repositories } = this.parts;
    const spoilsCopy = this.trouble !== NO_TROUBLE && random.chance(this.trouble.copiesCorrupt);
    const boot = (one: Sandbox) => this.boot(one);
    return carryOut({ now: timeline.now, copies, repositories, boot, spoilsCopy }, sandbox, request);
  }

  /** An effect that failed leaves a machine that does not run, or none. */
  private settleAfterFailure(sandbox: Sandbox): void {
    sandbox.power = sandbox.diskPresent ? 'stopped' : 'absent';
    sandbox.changed(this.parts.timeline.now);
  }
}

/** What the provider says while it works; `null` when the machine goes on meanwhile. */
const MEANWHILE: Record<OperationKind, Inspection['state'] | null> = {
  create: 'creating',
  start: 'starting',
  stop: 'stopping',
  restart: 'starting',
  destroy: 'stopping',
  copy: null,
  rebuild: 'stopping',
};

function finishStart({ host, sandbox }: { host: Host; sandbox: Sandbox }, name: ProcessName): void {
  host.finishStart(sandbox, name);
}

function sicken(
  { host, sandbox }: { host: Host; sandbox: Sandbox },
  start: { name: ProcessName; start: number },
): void {
  host.sicken(sandbox, start);
}

function endWork({ host, entry }: { host: Host; entry: Entry }, work: Entry['queue'][number]): void {
  host.conclude(entry, work);
}
