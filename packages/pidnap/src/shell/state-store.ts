import { join } from 'node:path';
import * as v from 'valibot';
import { ProcessDefinition } from '../contract/definition.ts';
import { ProcessName } from '../contract/primitives.ts';
import { ProcessState } from '../contract/process.ts';
import type { PastRun } from '../core/history.ts';
import type { Override } from '../core/overlay.ts';
import type { ProcessRecord } from '../core/record.ts';
import { Journal } from './journal.ts';
import { randomId } from './random-id.ts';

/** Runs that are remembered per process: as many as the API promises to tell. */
export const KEPT_RUNS = 20;

// Records and runs are written by this program alone: what tells them from anything else is checked, not each field.
const StoredRecord = v.looseObject({
  version: v.literal(2),
  name: ProcessName,
  phase: v.looseObject({ state: ProcessState }),
});
const StoredRun = v.looseObject({ run: v.number() });
const isRecord = (value: unknown): boolean => v.is(StoredRecord, value);
const isPastRun = (value: unknown): boolean => v.is(StoredRun, value);

/** One thing that is remembered from the moment `append` returned. */
const Change = v.union([
  v.strictObject({ record: v.custom<ProcessRecord>(isRecord), definitionDigest: v.string() }),
  /** A run of the process `run` that is over. */
  v.strictObject({ run: ProcessName, entry: v.custom<PastRun>(isPastRun) }),
  /** What came through the API about the process `override`; null: nothing stands. */
  v.strictObject({
    override: ProcessName,
    value: v.nullable(
      v.object({ baseDigest: v.nullable(v.string()), definition: v.nullable(ProcessDefinition) }),
    ),
  }),
  /** Record and runs of a process that is not known any more. Its override has a change of its own. */
  v.strictObject({ forget: ProcessName }),
  /** A pidnap has taken over; its steady clock plus `wallOffset` was the wall clock. */
  v.strictObject({ boot: v.object({ bootKey: v.string(), wallOffset: v.number() }) }),
  /** It ended, and so did everything it ran. */
  v.strictObject({ stopped: v.literal('orderly') }),
  v.strictObject({ instance: v.string() }),
]);
export type Change = v.InferOutput<typeof Change>;

/** What pidnap remembers over its own end. */
export interface StoredState {
  /** Names this state directory for good. */
  readonly instanceId: string;
  /** The last `boot` change; null: there was none. */
  readonly lastBoot: { readonly bootKey: string; readonly wallOffset: number } | null;
  /** The last pidnap ended by itself and left nothing running. */
  readonly orderly: boolean;
  readonly overrides: Readonly<Record<string, Override>>;
  readonly records: Readonly<Record<string, { record: ProcessRecord; definitionDigest: string }>>;
  /** The last 20 runs of each process, oldest first. */
  readonly runs: Readonly<Record<string, readonly PastRun[]>>;
}

/** The state directory's memory: a journal of changes, all of them in memory as well. Never throws for a bad disk. */
export class StateStore {
  readonly #journal: Journal<Change>;
  readonly #overrides = new Map<string, Override>();
  readonly #records = new Map<string, StoredState['records'][string]>();
  readonly #runs = new Map<string, PastRun[]>();
  #instanceId = '';
  #lastBoot: StoredState['lastBoot'] = null;
  #orderly = false;

  constructor(stateDir: string) {
    this.#journal = new Journal({
      path: join(stateDir, 'state.jsonl'),
      format: { format: 'pidnap-state', version: 2 },
      parse: (value) => v.parse(Change, value),
      known: () => this.#known(),
    });
  }

  /** The state as the last pidnap left it; a new one, with a new instance id, when there is none. Called once. */
  load(): StoredState {
    this.#journal.replay((change) => this.#apply(change));
    if (this.#instanceId === '') this.append([{ instance: randomId() }], { durable: false });
    return {
      instanceId: this.#instanceId,
      lastBoot: this.#lastBoot,
      orderly: this.#orderly,
      overrides: Object.fromEntries(this.#overrides),
      records: Object.fromEntries(this.#records),
      runs: Object.fromEntries([...this.#runs].map(([name, runs]) => [name, [...runs]])),
    };
  }

  /** Remembers changes, oldest first, in one write. `durable`: they survive a power cut too, which costs a flush. */
  append(changes: readonly Change[], { durable }: { durable: boolean }): void {
    for (const change of changes) this.#apply(change);
    this.#journal.append(changes, { durable });
  }

  close(): void {
    this.#journal.close();
  }

  #apply(change: Change): void {
    if ('record' in change) this.#records.set(change.record.name, change);
    else if ('run' in change) this.#addRun(change.run, change.entry);
    else if ('override' in change) this.#setOverride(change.override, change.value);
    else if ('forget' in change) this.#forget(change.forget);
    else if ('boot' in change) [this.#lastBoot, this.#orderly] = [change.boot, false];
    else if ('stopped' in change) this.#orderly = true;
    else if ('instance' in change) this.#instanceId = change.instance;
    else change satisfies never;
  }

  /** A run is told again when the one who told it was killed before the record that goes with it was written. */
  #addRun(name: string, entry: PastRun): void {
    const others = (this.#runs.get(name) ?? []).filter(({ run }) => run !== entry.run);
    this.#runs.set(name, [...others, entry].slice(-KEPT_RUNS));
  }

  #setOverride(name: string, value: Override | null): void {
    if (value) this.#overrides.set(name, value);
    else this.#overrides.delete(name);
  }

  #forget(name: string): void {
    this.#records.delete(name);
    this.#runs.delete(name);
  }

  *#known(): Generator<Change> {
    if (this.#instanceId !== '') yield { instance: this.#instanceId };
    if (this.#lastBoot) yield { boot: this.#lastBoot };
    if (this.#orderly) yield { stopped: 'orderly' };
    for (const [override, value] of this.#overrides) yield { override, value };
    for (const { record, definitionDigest } of this.#records.values()) yield { record, definitionDigest };
    for (const [run, entries] of this.#runs) for (const entry of entries) yield { run, entry };
  }
}
