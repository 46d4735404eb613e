import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessView } from '../contract/process.ts';
import { graphProblems, type DependencyNode } from '../core/dependency-graph.ts';
import type { ProcessEvent } from '../core/event.ts';
import { hasEnded, leaderOf } from '../core/record.ts';
import { restoreRecord } from '../core/restore.ts';
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
      if (leader) process.adopt(leader);
    }
    this.#turns.graphChanged();
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
    void process.output.note(`${signal} sent on request`);
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
    this.definitions.override(name, definition);
    const process = this.know(name, { definition, source: 'api' });
    this.graphChanged();
    return process.view();
  }

  /** Replaces a definition; only what was started under another command, folder or environment starts anew. */
  async update(name: string, definition: ProcessDefinition): Promise<ProcessView> {
    this.#findForChange(name);
    const problems = await checkDefinition(name, definition);
    const process = this.#findForChange(name);
    if (process.definitionDigest === definitionDigest(definition)) return process.view();
    this.#refuseBadDefinition(name, definition, problems);
    this.definitions.override(name, definition);
    this.redefine(process, definition, 'api');
    this.#turns.graphChanged();
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
    this.definitions.override(name, null);
    await this.forget(name);
    return true;
  }

  /** Makes a process known whose pipes are there. Nothing is started before `graphChanged`. */
  know(name: string, found: { definition: ProcessDefinition; source: 'config' | 'api' }): Supervised {
    const now = steadyNow();
    const fresh = { name, ...found, jitterSeed: newSeed(), now, resumed: false, alive: false };
    const record = restoreRecord(undefined, fresh);
    const process = this.#hold(name, { ...found, record, pastRuns: [] });
    this.#turns.announce(process, null, record, now);
    this.#store.append([changeOf(process)], { durable: true });
    return process;
  }

  /** Looks at every process anew: some came, went, or depend on others now. */
  graphChanged(): void {
    this.#turns.graphChanged();
  }

  /** Makes the pipes that are missing; one program makes them all. */
  preparePipes(names: readonly string[]): Promise<void> {
    return ProcessOutput.prepare(this.#around.pipeDir, names);
  }

  redefine(process: Supervised, definition: ProcessDefinition, source: 'config' | 'api'): void {
    const previous = process.definition;
    process.define(definition, source);
    this.#store.append([changeOf(process)], { durable: true });
    this.#turns.dispatch({ process, event: { type: 'redefined', previous } });
  }

  /** Ends the tree of a process and forgets it. */
  async forget(name: string): Promise<void> {
    const process = this.find(name);
    process.removing = true;
    this.#turns.dispatch({ process, event: { type: 'stop', reason: 'removed' } });
    await this.waitFor(() => hasEnded(process.record), undefined);
    if (this.processes.get(name) !== process) return;
    this.processes.delete(name);
    this.#store.append([{ forget: name }], { durable: true });
    this.#turns.announce(process, process.record, null, steadyNow());
    await process.forget();
  }

  /** Ends a process as part of a shutdown: its wish to be up stays. */
  endForShutdown(process: Supervised): void {
    this.#turns.dispatch({ process, event: { type: 'stop', reason: 'shutdown' } });
  }

  /** From now on nothing is started and no command is taken. */
  holdStarts(): void {
    this.#turns.holdStarts = true;
  }

  /** Resolves true once `holds` does, false when the signal aborts before. */
  waitFor(holds: () => boolean, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (): void => {
        forget();
        signal?.removeEventListener('abort', end);
        resolve(holds());
      };
      const forget = this.events.onChange(() => holds() && end());
      signal?.addEventListener('abort', end);
      if (holds() || signal?.aborted) end();
    });
  }

  /** The dependency graph, as if `changed` were part of it. */
  nodes(changed: Record<string, DependencyNode> = {}): Record<string, DependencyNode> {
    const known = [...this.processes].map(([name, { definition }]) => [name, definition] as const);
    return { ...Object.fromEntries(known), ...changed };
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
    if (known?.removing) throw conflict(name, 'is being removed');
    if (known && known.definitionDigest !== definitionDigest(definition))
      throw conflict(name, 'is known with another definition');
    return known ?? null;
  }

  #findForChange(name: string): Supervised {
    this.refuseWhenShuttingDown();
    const process = this.find(name);
    if (process.removing) throw conflict(name, 'is being removed');
    return process;
  }

  #refuseBadDefinition(name: string, definition: ProcessDefinition, found: readonly string[]): void {
    const problems = [...found, ...graphProblems(this.nodes({ [name]: definition }))];
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
