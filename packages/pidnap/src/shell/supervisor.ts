import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PidnapConfig } from '../contract/config.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessView } from '../contract/process.ts';
import { graphProblems, type DependencyNode } from '../core/dependency.ts';
import type { ProcessEvent } from '../core/event.ts';
import { effectiveDefinitions, standingOverrides, type Override } from '../core/overlay.ts';
import { hasEnded } from '../core/record.ts';
import { restoreRecord } from '../core/restore.ts';
import { definitionDigest } from './definition-digest.ts';
import { EventFeed } from './event-feed.ts';
import { findLeftovers, signalAll } from './process-tree.ts';
import { RefusedError } from './refused-error.ts';
import type { StateStore, StoredState } from './state-store.ts';
import { Supervised, type Surroundings } from './supervised.ts';
import { TurnLoop } from './turn-loop.ts';

/** Holds every process and carries out the commands of the API on them. */
export class Supervisor {
  readonly events: EventFeed;
  readonly processes = new Map<string, Supervised>();
  readonly #baseDigests: Readonly<Record<string, string>>;
  readonly #store: StateStore;
  readonly #around: Surroundings;
  readonly #overrides: Record<string, Override>;
  readonly #turns: TurnLoop;

  constructor(options: {
    config: PidnapConfig;
    store: StateStore;
    state: StoredState;
    bootId: string;
    own: NodeJS.ProcessEnv;
  }) {
    const { config, store, state, bootId, own } = options;
    this.#store = store;
    this.#around = {
      instanceId: state.instanceId,
      stateDir: config.stateDir,
      markerEnv: config.markerEnv,
      own,
    };
    this.#baseDigests = Object.fromEntries(
      Object.entries(config.processes).map(([name, definition]) => [name, definitionDigest(definition)]),
    );
    this.#overrides = standingOverrides(state.overrides, this.#baseDigests);
    this.events = new EventFeed(bootId, () => this.list());
    this.#turns = new TurnLoop({ processes: this.processes, feed: this.events, save: () => this.#save() });
    mkdirSync(join(config.stateDir, 'pipes'), { recursive: true });
    for (const [name, effective] of Object.entries(effectiveDefinitions(config.processes, this.#overrides))) {
      this.#know(name, { ...effective, old: state.records[name] });
    }
  }

  get shuttingDown(): boolean {
    return this.#turns.holdStarts;
  }

  /** Ends what an earlier boot left running, then starts what is to start. */
  begin(): void {
    signalAll('SIGKILL', () => findLeftovers(this.#around.instanceId));
    for (const process of this.processes.values()) process.arm(Date.now());
    this.#save();
    this.#turns.run();
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

  signal(name: string, signal: NodeJS.Signals, group: boolean): ProcessView {
    const process = this.find(name);
    if (!process.signal(signal, group)) throw new RefusedError({ code: 'NOT_RUNNING', name });
    void process.note(`${signal} sent on request`);
    return process.view();
  }

  /** Makes a process known; with the definition it has already, does nothing. */
  add(name: string, definition: ProcessDefinition): ProcessView {
    this.#refuseWhenShuttingDown();
    const known = this.processes.get(name);
    if (known?.definitionDigest === definitionDigest(definition) && !known.removing) return known.view();
    if (known) throw conflict(name, known.removing ? 'is being removed' : 'is known with another definition');
    this.#refuseBadGraph(name, definition);
    const process = this.#know(name, { definition, source: 'api', old: undefined });
    this.#override(name, definition);
    this.#turns.announce(process, null, process.record, Date.now());
    this.#save();
    this.#turns.run();
    return process.view();
  }

  /** Replaces a definition. What is wanted up starts anew under it; what was stopped stays stopped. */
  update(name: string, definition: ProcessDefinition): ProcessView {
    const process = this.#findForChange(name);
    if (process.definitionDigest === definitionDigest(definition)) return process.view();
    this.#refuseBadGraph(name, definition);
    const policy = process.definition;
    process.define(definition, 'api');
    this.#override(name, definition);
    this.#save();
    // The tree that runs was started under the old definition and is asked to stop by its rules.
    const event: ProcessEvent = { type: 'restart', reason: 'definition-changed' };
    if (process.record.desired === 'up') this.#turns.dispatch({ process, event, policy });
    return process.view();
  }

  /** Ends the tree, then forgets the process and deletes its log. False when it was not known. */
  async remove(name: string): Promise<boolean> {
    this.#refuseWhenShuttingDown();
    const process = this.processes.get(name);
    if (!process) return false;
    const dependant = this.list().find(({ definition }) =>
      definition.dependsOn.some((d) => d.process === name),
    );
    if (dependant) throw conflict(name, `is needed by ${dependant.name}`);
    process.removing = true;
    this.#override(name, null);
    this.#turns.dispatch({ process, event: { type: 'stop', reason: 'removed' } });
    this.#save();
    await this.waitFor(() => hasEnded(process.record), undefined);
    if (this.processes.get(name) !== process) return true;
    this.processes.delete(name);
    this.#turns.announce(process, process.record, null, Date.now());
    this.#save();
    await process.forget();
    return true;
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

  #know(
    name: string,
    found: {
      definition: ProcessDefinition;
      source: 'config' | 'api';
      old: StoredState['records'][string] | undefined;
    },
  ): Supervised {
    const { definition, source, old } = found;
    const jitterSeed = Math.floor(Math.random() * 2 ** 32);
    const process: Supervised = new Supervised({
      record: restoreRecord(old, { name, definition, source, jitterSeed, now: Date.now() }),
      definition,
      source,
      around: this.#around,
      report: (event, at) => this.#turns.dispatch({ process, event, at }),
    });
    this.processes.set(name, process);
    return process;
  }

  #findForChange(name: string): Supervised {
    this.#refuseWhenShuttingDown();
    const process = this.find(name);
    if (process.removing) throw conflict(name, 'is being removed');
    return process;
  }

  #refuseWhenShuttingDown(): void {
    if (this.shuttingDown) throw new RefusedError({ code: 'SHUTTING_DOWN' });
  }

  #refuseBadGraph(name: string, definition: ProcessDefinition): void {
    const problems = graphProblems(this.nodes({ [name]: definition }));
    if (problems.length > 0) throw new RefusedError({ code: 'INVALID_DEFINITION', problems });
  }

  #override(name: string, definition: ProcessDefinition | null): void {
    const baseDigest = this.#baseDigests[name] ?? null;
    if (definition === null && baseDigest === null) delete this.#overrides[name];
    else this.#overrides[name] = { baseDigest, definition };
  }

  #save(): void {
    const records = Object.fromEntries([...this.processes].map(([name, { record }]) => [name, record]));
    this.#store.save({
      version: 1,
      instanceId: this.#around.instanceId,
      overrides: this.#overrides,
      records,
    });
  }
}

function conflict(name: string, why: string): RefusedError {
  return new RefusedError({ code: 'PROCESS_CONFLICT', name, message: `${name} ${why}` });
}
