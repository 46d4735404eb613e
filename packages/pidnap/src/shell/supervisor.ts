import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessView } from '../contract/process.ts';
import { graphProblems, type DependencyNode } from '../core/dependency-graph.ts';
import type { ProcessEvent } from '../core/event.ts';
import type { EffectiveDefinition } from '../core/overlay.ts';
import { hasEnded, leaderOf } from '../core/record.ts';
import { restoreRecord } from '../core/restore.ts';
import { effectsOfAdoption } from '../core/resume.ts';
import { checkDefinition } from './check-definition.ts';
import { steadyNow } from './clock.ts';
import type { DefinitionBook } from './definition-book.ts';
import { definitionDigest } from './definition-digest.ts';
import { EventFeed } from './event-feed.ts';
import { ProcessOutput } from './process-output.ts';
import { RefusedError } from './refused-error.ts';
import type { Change, StateStore } from './state-store.ts';
import { Supervised, type Surroundings } from './supervised.ts';
import { takeOver, type Inheritance } from './take-over.ts';
import { TurnLoop } from './turn-loop.ts';

/** What a supervisor begins with. The pipes of every process are there. */
export interface Beginning {
  readonly definitions: DefinitionBook;
  readonly store: StateStore;
  readonly inheritance: Inheritance;
  readonly around: Surroundings;
  readonly bootId: string;
}

/** Holds every process and carries out the commands of the API on them. */
export class Supervisor {
  readonly events: EventFeed;
  readonly processes = new Map<string, Supervised>();
  readonly definitions: DefinitionBook;
  readonly #store: StateStore;
  readonly #around: Surroundings;
  readonly #turns: TurnLoop;
  readonly #adopted: string[] = [];
  /** What this pidnap found out about the time before it, until it is written. */
  readonly #inherited: Change[] = [];

  constructor(beginning: Beginning) {
    const { definitions, store, inheritance, around, bootId } = beginning;
    this.#store = store;
    this.#around = around;
    this.definitions = definitions;
    this.events = new EventFeed(bootId, () => this.list());
    this.#turns = new TurnLoop({
      processes: this.processes,
      feed: this.events,
      persist: (changes, options) => store.append(changes, options),
    });
    for (const [name, { definition, source }] of Object.entries(definitions.effective())) {
      const found = { name, definition, source, jitterSeed: newSeed() };
      const { record, pastRuns, lostRun, adopted } = takeOver(inheritance, found);
      this.#hold(name, { definition, source, record, pastRuns });
      if (adopted) this.#adopted.push(name);
      if (lostRun) this.#inherited.push({ run: name, entry: lostRun });
    }
    const gone = Object.keys(inheritance.state.records).filter((name) => !this.processes.has(name));
    this.#inherited.push(...gone.map((name) => ({ forget: name })), ...definitions.fallen());
  }

  get shuttingDown(): boolean {
    return this.#turns.holdStarts;
  }

  /** Names of the runs of an earlier pidnap that go on under this one. */
  get adopted(): readonly string[] {
    return this.#adopted;
  }

  /**
   * Goes on with what was adopted and starts what is to start. All that was taken over is written at once, together with
   * `boot`: half of it would look like the state of a pidnap that was killed in this boot.
   */
  begin(boot: Change): void {
    const records = [...this.processes.values()].map(changeOf);
    this.#store.append([boot, ...this.#inherited.splice(0), ...records], { durable: false });
    for (const process of this.processes.values()) {
      process.arm(steadyNow());
      const leader = leaderOf(process.record);
      if (!leader) continue;
      process.adopt(leader);
      for (const effect of effectsOfAdoption(process.record, process.definition)) process.perform(effect);
    }
    this.graphChanged();
  }

  list(): ProcessView[] {
    return [...this.processes.values()].map((process) => process.view());
  }

  /** The process by this name; refuses when there is none. */
  find(name: string): Supervised {
    const process = this.processes.get(name);
    if (!process) throw new RefusedError({ code: 'PROCESS_NOT_FOUND', name });
    return process;
  }

  /** Start, stop or restart; the view tells what it led to. */
  command(name: string, event: Extract<ProcessEvent, { type: 'start' | 'stop' | 'restart' }>): ProcessView {
    const process = this.#findForChange(name);
    this.#turns.dispatch({ process, event });
    return process.view();
  }

  signal(name: string, signal: Parameters<Supervised['signal']>[0], group: boolean): ProcessView {
    const process = this.find(name);
    if (!process.signal(signal, group ? 'group' : 'leader'))
      throw new RefusedError({ code: 'NOT_RUNNING', name });
    process.output.note(`${signal} sent on request`);
    return process.view();
  }

  /** Makes a process known; with the definition it has already, does nothing. */
  async add(name: string, definition: ProcessDefinition): Promise<ProcessView> {
    const known = this.#findEqual(name, definition);
    if (known) return known.view();
    const problems = await checkDefinition(name, definition);
    this.#refuseBadDefinition(name, definition, problems);
    await this.preparePipes([name]);
    // That took a moment, in which somebody else may have added the same.
    const addedMeanwhile = this.#findEqual(name, definition);
    if (addedMeanwhile) return addedMeanwhile.view();
    this.#refuseBadDefinition(name, definition, problems);
    const override = this.definitions.override(name, definition);
    this.know([{ name, definition, source: 'api' }], [override]);
    this.graphChanged();
    return this.find(name).view();
  }

  /** Replaces a definition; only what was started under another command, folder or environment starts anew. */
  async update(name: string, definition: ProcessDefinition): Promise<ProcessView> {
    this.#findForChange(name);
    const problems = await checkDefinition(name, definition);
    const process = this.#findForChange(name);
    if (process.definitionDigest === definitionDigest(definition)) return process.view();
    this.#refuseBadDefinition(name, definition, problems);
    const override = this.definitions.override(name, definition);
    this.redefine([{ process, definition, source: 'api' }], [override]);
    this.graphChanged();
    return process.view();
  }

  /** Ends the tree, then forgets the process and deletes its log. False when it was not known. */
  async remove(name: string): Promise<boolean> {
    this.refuseWhenShuttingDown();
    if (!this.processes.has(name)) return false;
    const dependant = [...this.processes.values()].find(({ definition }) =>
      definition.dependsOn.some((edge) => edge.process === name),
    );
    if (dependant) throw conflict(name, `is needed by ${dependant.record.name}`);
    this.#store.append([this.definitions.override(name, null)], { durable: true });
    await this.forget(name);
    return true;
  }

  /**
   * Makes processes known whose pipes are there; written in one go with what it comes `because` of. Nothing is started
   * before `graphChanged`.
   */
  know(
    comers: readonly ({ name: string } & EffectiveDefinition)[],
    because: readonly Change[],
  ): Supervised[] {
    const now = steadyNow();
    const held = comers.map(({ name, definition, source }) => {
      const fresh = { name, definition, source, jitterSeed: newSeed(), now, resumed: false, alive: false };
      return this.#hold(name, { definition, source, record: restoreRecord(undefined, fresh), pastRuns: [] });
    });
    this.#store.append([...because, ...held.map(changeOf)], { durable: true });
    for (const process of held) this.#turns.announce(process, null, process.record, now);
    return held;
  }

  /** Looks at every process anew: some came, went, or depend on others now. */
  graphChanged(): void {
    this.#turns.graphChanged();
  }

  /** Makes the pipes that are missing; one program makes them all. */
  preparePipes(names: readonly string[]): Promise<void> {
    return ProcessOutput.prepare(this.#around.pipeDir, names);
  }

  /**
   * Gives processes other definitions. Each is written in one go with what it means for the process: a run is never taken
   * for one of a definition that it was not started under.
   */
  redefine(
    changed: readonly ({ process: Supervised } & EffectiveDefinition)[],
    because: readonly Change[] = [],
  ): void {
    const events = changed.map(({ process, definition, source }) => {
      const previous = process.definition;
      process.define(definition, source);
      return { process, event: { type: 'redefined' as const, previous }, because };
    });
    this.#turns.dispatch(...events);
  }

  /** Ends the tree of a process and forgets it, with its log. Who asks again waits for the same. */
  forget(name: string): Promise<void> {
    const process = this.find(name);
    process.removal ??= this.#endAndForget(process);
    return process.removal;
  }

  async #endAndForget(process: Supervised): Promise<void> {
    const { name } = process.record;
    this.#turns.dispatch({ process, event: { type: 'stop', reason: 'removed' } });
    await this.events.until(() => hasEnded(process.record), undefined);
    try {
      // Its name is free only when its pipes and its log are gone: the next one makes its own.
      await process.forget();
    } finally {
      this.processes.delete(name);
      this.#store.append([{ forget: name }], { durable: true });
      this.#turns.announce(process, process.record, null, steadyNow());
    }
  }

  /** Ends a process as part of a shutdown: its wish to be up stays. */
  endForShutdown(process: Supervised): void {
    this.#turns.dispatch({ process, event: { type: 'stop', reason: 'shutdown' } });
  }

  /** From now on nothing is started and no command is taken. */
  holdStarts(): void {
    this.#turns.holdStarts = true;
  }

  /** The dependency graph. */
  nodes(): Record<string, DependencyNode> {
    return Object.fromEntries([...this.processes].map(([name, { definition }]) => [name, definition]));
  }

  refuseWhenShuttingDown(): void {
    if (this.shuttingDown) throw new RefusedError({ code: 'SHUTTING_DOWN' });
  }

  #hold(name: string, held: Pick<Supervised, 'definition' | 'source' | 'record' | 'pastRuns'>): Supervised {
    const process: Supervised = new Supervised({
      ...held,
      around: this.#around,
      report: (event, at) => this.#turns.dispatch({ process, event, at }),
    });
    this.processes.set(name, process);
    return process;
  }

  /** The process when it is known with an equal definition, null when it is not known; refuses otherwise. */
  #findEqual(name: string, definition: ProcessDefinition): Supervised | null {
    this.refuseWhenShuttingDown();
    const known = this.processes.get(name);
    if (known?.removal) throw conflict(name, 'is being removed');
    if (known && known.definitionDigest !== definitionDigest(definition))
      throw conflict(name, 'is known with another definition');
    return known ?? null;
  }

  #findForChange(name: string): Supervised {
    this.refuseWhenShuttingDown();
    const process = this.find(name);
    if (process.removal) throw conflict(name, 'is being removed');
    return process;
  }

  #refuseBadDefinition(name: string, definition: ProcessDefinition, found: readonly string[]): void {
    // Nothing can depend any more on what is being removed.
    const staying = [...this.processes.values()].filter(({ removal }) => !removal);
    const nodes = Object.fromEntries(staying.map((one) => [one.record.name, one.definition]));
    const problems = [...found, ...graphProblems({ ...nodes, [name]: definition })];
    if (problems.length > 0) throw new RefusedError({ code: 'INVALID_DEFINITION', problems });
  }
}

function changeOf({ record, definitionDigest: digest }: Supervised): Change {
  return { record, definitionDigest: digest };
}

function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

function conflict(name: string, why: string): RefusedError {
  return new RefusedError({ code: 'PROCESS_CONFLICT', name, message: `${name} ${why}` });
}
