import type { ProcessDefinition } from '../contract/definition.ts';
import { unmetDependencies } from '../core/dependency.ts';
import type { Effect, ProcessEvent } from '../core/event.ts';
import type { ProcessRecord } from '../core/record.ts';
import { step } from '../core/step.ts';
import type { EventFeed } from './event-feed.ts';
import type { Supervised } from './supervised.ts';

interface Queued {
  readonly process: Supervised;
  readonly event: ProcessEvent;
  /** The decision is made as of this time if the clock says less. */
  readonly at?: number | undefined;
  /** Decides by this definition instead of the current one. */
  readonly policy?: ProcessDefinition;
}

/**
 * Feeds events to the core, one after the other, and carries out what it decides: decide, persist, act. All decisions
 * of one turn, those about waiting dependants included, are on disk before the first effect of any of them.
 */
export class TurnLoop {
  /** No process is let through its dependencies any more. */
  holdStarts = false;
  readonly #processes: ReadonlyMap<string, Supervised>;
  readonly #feed: EventFeed;
  readonly #save: () => void;
  readonly #queue: Queued[] = [];
  #running = false;

  constructor(options: { processes: ReadonlyMap<string, Supervised>; feed: EventFeed; save: () => void }) {
    this.#processes = options.processes;
    this.#feed = options.feed;
    this.#save = options.save;
  }

  /** Decides on an event, and on all that follows from it, before it returns. */
  dispatch(queued: Queued): void {
    this.#queue.push(queued);
    this.run();
  }

  /** Decides on what is queued and on dependencies that came to hold. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#turn()) continue;
    } finally {
      this.#running = false;
    }
  }

  /** Tells subscribers that a process appeared (from null), changed, or went away (to null). */
  announce(process: Supervised, from: ProcessRecord | null, to: ProcessRecord | null, now: number): void {
    this.#feed.publish({
      type: 'state',
      at: now,
      name: process.record.name,
      from: from?.phase.state ?? null,
      to: to?.phase.state ?? null,
      durationMs: from ? Math.max(0, now - from.since) : 0,
      process: process.view(),
    });
  }

  #turn(): boolean {
    const acts: { process: Supervised; effects: readonly Effect[] }[] = [];
    let dirty = false;
    for (let next = this.#next(); next; next = this.#next()) {
      const { process, event, at = 0, policy = process.definition } = next;
      const now = Math.max(Date.now(), at);
      const before = process.record;
      const { record, effects } = step(before, event, now, policy);
      process.record = record;
      process.arm(now);
      if (record !== before) this.#tell(process, before, now);
      dirty ||= isDurableChange(before, record);
      if (effects.length > 0) acts.push({ process, effects });
    }
    if (dirty) this.#save();
    for (const { process, effects } of acts) for (const effect of effects) process.perform(effect);
    return this.#queue.length > 0;
  }

  #next(): Queued | undefined {
    return this.#queue.shift() ?? (this.holdStarts ? undefined : this.#nextGate());
  }

  /** A process whose dependencies say something new about it. */
  #nextGate(): Queued | undefined {
    for (const process of this.#processes.values()) {
      const { state } = process.record.phase;
      if (state !== 'pending' && state !== 'blocked') continue;
      const unmet = unmetDependencies(process.definition.dependsOn, (name) => {
        const found = this.#processes.get(name);
        return found && { record: found.record, checksHealth: found.definition.health !== undefined };
      });
      const event: ProcessEvent = { type: 'dependencies', unmet };
      if (step(process.record, event, 0, process.definition).record !== process.record)
        return { process, event };
    }
    return undefined;
  }

  #tell(process: Supervised, before: ProcessRecord, now: number): void {
    const { record } = process;
    if (record.phase.state !== before.phase.state) {
      this.announce(process, before, record, now);
      return;
    }
    if (record.health.status === before.health.status) return;
    const { name } = record;
    const [from, to] = [before.health.status, record.health.status];
    this.#feed.publish({ type: 'health', at: now, name, from, to, process: process.view() });
  }
}

/** Health is asked anew after a boot: a probe is no reason to write to the disk. */
function isDurableChange(before: ProcessRecord, after: ProcessRecord): boolean {
  return (Object.keys(after) as (keyof ProcessRecord)[]).some(
    (key) => key !== 'health' && before[key] !== after[key],
  );
}
