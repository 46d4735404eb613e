import { unmetDependencies } from '../core/dependency.ts';
import type { Effect, ProcessEvent } from '../core/event.ts';
import { endedRun } from '../core/history.ts';
import type { ProcessRecord } from '../core/record.ts';
import { step } from '../core/step.ts';
import { steadyNow, wallOffset } from './clock.ts';
import type { EventFeed } from './event-feed.ts';
import { KEPT_RUNS, type Change } from './state-store.ts';
import type { Supervised } from './supervised.ts';

interface Queued {
  readonly process: Supervised;
  readonly event: ProcessEvent;
  /** The decision is made as of this time if the clock says less. */
  readonly at?: number | undefined;
  /** Written, with the record, in one go with what is decided, and proof against a power cut. */
  readonly because?: readonly Change[];
}

/**
 * Feeds events to the core, one after the other, and carries out what it decides: decide, persist, act. All decisions
 * of one turn, those about waiting dependants included, are written before the first effect of any of them.
 */
export class TurnLoop {
  /** No process is let through its dependencies any more. */
  holdStarts = false;
  readonly #processes: ReadonlyMap<string, Supervised>;
  readonly #feed: EventFeed;
  readonly #persist: (changes: readonly Change[], options: { durable: boolean }) => void;
  readonly #queue: Queued[] = [];
  /** Processes whose dependencies may say something new about them. */
  readonly #toGate = new Set<Supervised>();
  #dependants: Map<string, Supervised[]> | null = null;
  #running = false;

  constructor(options: {
    processes: ReadonlyMap<string, Supervised>;
    feed: EventFeed;
    persist: (changes: readonly Change[], options: { durable: boolean }) => void;
  }) {
    this.#processes = options.processes;
    this.#feed = options.feed;
    this.#persist = options.persist;
  }

  /** Decides on events, in one turn, and on all that follows from them, before it returns. */
  dispatch(...queued: readonly Queued[]): void {
    this.#queue.push(...queued);
    this.run();
  }

  /** Processes or their dependencies changed: looks at all of them again. */
  graphChanged(): void {
    this.#dependants = null;
    for (const process of this.#processes.values()) this.#toGate.add(process);
    this.run();
  }

  /** Tells subscribers that a process appeared (from null), changed, or went away (to null). */
  announce(process: Supervised, from: ProcessRecord | null, to: ProcessRecord | null, now: number): void {
    this.#feed.publish(() => ({
      type: 'state',
      at: now + wallOffset(),
      name: process.record.name,
      from: from?.phase.state ?? null,
      to: to?.phase.state ?? null,
      durationMs: from ? Math.max(0, now - from.since) : 0,
      process: process.view(),
    }));
  }

  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#turn()) continue;
    } finally {
      this.#running = false;
    }
  }

  #turn(): boolean {
    const acts: { process: Supervised; effects: readonly Effect[] }[] = [];
    const changed = new Set<Supervised>();
    const changes: Change[] = [];
    let durable = false;
    for (let next = this.#next(); next; next = this.#next()) {
      const { process, event, at = 0, because } = next;
      const now = Math.max(steadyNow(), at);
      const before = process.record;
      const { record, effects } = step(before, event, now, process.definition);
      process.record = record;
      process.arm(now);
      if (because) {
        changes.push(...because);
        changed.add(process);
        durable = true;
      }
      if (effects.length > 0) acts.push({ process, effects });
      if (record === before) continue;
      this.#regate(process, before);
      const ended = endedRun(before, record);
      if (ended) {
        process.pastRuns = [...process.pastRuns, ended].slice(-KEPT_RUNS);
        changes.push({ run: record.name, entry: ended });
      }
      if (isWorthWriting(before, record)) changed.add(process);
      durable ||= mustOutliveThePower(process, before);
      this.#tell(process, before, now);
    }
    for (const { record, definitionDigest } of changed) changes.push({ record, definitionDigest });
    if (changes.length > 0) this.#persist(changes, { durable });
    for (const { process, effects } of acts) for (const effect of effects) process.perform(effect);
    return this.#queue.length > 0;
  }

  #next(): Queued | undefined {
    return this.#queue.shift() ?? (this.holdStarts ? undefined : this.#nextGate());
  }

  /** A process whose dependencies say something new about it. */
  #nextGate(): Queued | undefined {
    for (const process of this.#toGate) {
      this.#toGate.delete(process);
      if (!asksForDependencies(process)) continue;
      const unmet = unmetDependencies(process.definition.dependsOn, (name) => {
        const found = this.#processes.get(name);
        if (!found) return undefined;
        const { record, definition } = found;
        return { record, checksHealth: definition.health !== undefined, restart: definition.restart };
      });
      return { process, event: { type: 'dependencies', unmet } };
    }
    return undefined;
  }

  #regate(process: Supervised, before: ProcessRecord): void {
    const { record } = process;
    if (record.phase.state === before.phase.state && record.health.status === before.health.status) return;
    this.#toGate.add(process);
    for (const dependant of this.#dependantsOf(record.name)) this.#toGate.add(dependant);
  }

  #dependantsOf(name: string): readonly Supervised[] {
    if (!this.#dependants) {
      this.#dependants = new Map();
      for (const process of this.#processes.values()) {
        for (const dependency of process.definition.dependsOn) {
          const known = this.#dependants.get(dependency.process);
          if (known) known.push(process);
          else this.#dependants.set(dependency.process, [process]);
        }
      }
    }
    return this.#dependants.get(name) ?? [];
  }

  #tell(process: Supervised, before: ProcessRecord, now: number): void {
    const { record } = process;
    if (record.phase.state !== before.phase.state) return this.announce(process, before, record, now);
    if (record.health.status === before.health.status) return;
    const { name } = record;
    const [from, to] = [before.health.status, record.health.status];
    this.#feed.publish(() => ({
      type: 'health',
      at: now + wallOffset(),
      name,
      from,
      to,
      process: process.view(),
    }));
  }
}

function asksForDependencies({ record, definition, removal }: Supervised): boolean {
  const { state } = record.phase;
  if (state === 'pending' || state === 'blocked') return true;
  return state === 'running' && !removal && definition.dependsOn.some((edge) => edge.whenLost === 'restart');
}

/** Health is asked anew after a boot: a probe is no reason to write to the disk. */
function isWorthWriting(before: ProcessRecord, after: ProcessRecord): boolean {
  return (Object.keys(after) as (keyof ProcessRecord)[]).some(
    (key) => key !== 'health' && before[key] !== after[key],
  );
}

/** What somebody wants, and that an added task has begun, must be known after a power cut; the rest is made anew then. */
function mustOutliveThePower({ record, definition, source }: Supervised, before: ProcessRecord): boolean {
  if (record.desired !== before.desired) return true;
  return source === 'api' && definition.restart === 'never' && record.runs !== before.runs;
}
