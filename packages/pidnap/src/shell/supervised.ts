import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessView } from '../contract/process.ts';
import type { Effect, ProcessEvent } from '../core/event.ts';
import type { ProcessRecord } from '../core/record.ts';
import { wakeAt } from '../core/step.ts';
import { toView } from '../core/view.ts';
import { childEnvironment } from './child-env.ts';
import { definitionDigest } from './definition-digest.ts';
import { LogStore } from './log-store.ts';
import { probe } from './probe.ts';
import { MARK_PROCESS, findTree, sendSignal, signalAll, type TreeMark } from './process-tree.ts';
import { runProcess } from './run-process.ts';

/** How often a tree that is being ended is looked at. */
const WATCH_MS = 50;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What all processes of one pidnap share. */
export interface Surroundings {
  readonly instanceId: string;
  readonly stateDir: string;
  readonly markerEnv: readonly string[];
  readonly own: NodeJS.ProcessEnv;
}

/** The hands of one process: carries out effects and reports what came of them. Decides nothing. */
export class Supervised {
  record: ProcessRecord;
  definition: ProcessDefinition;
  definitionDigest: string;
  source: 'config' | 'api';
  /** Set while `remove` waits for the tree to end. */
  removing = false;
  readonly log: LogStore;
  readonly #around: Surroundings;
  readonly #mark: TreeMark;
  readonly #report: (event: ProcessEvent, at?: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #leader: number | null = null;
  #leaderAlive = false;
  #probes = new AbortController();

  constructor(options: {
    record: ProcessRecord;
    definition: ProcessDefinition;
    source: 'config' | 'api';
    around: Surroundings;
    report: (event: ProcessEvent, at?: number) => void;
  }) {
    this.record = options.record;
    this.definition = options.definition;
    this.definitionDigest = definitionDigest(options.definition);
    this.source = options.source;
    this.#around = options.around;
    this.#report = options.report;
    this.#mark = { instanceId: options.around.instanceId, name: options.record.name };
    this.log = new LogStore(
      join(options.around.stateDir, 'logs', options.record.name),
      options.definition.logs,
    );
  }

  /** Replaces the definition; a run that is up keeps what it was started with. */
  define(definition: ProcessDefinition, source: 'config' | 'api'): void {
    this.definition = definition;
    this.definitionDigest = definitionDigest(definition);
    this.source = source;
    this.log.setLimits(definition.logs);
  }

  /** The process as the API shows it. */
  view(): ProcessView {
    return toView(this);
  }

  perform(effect: Effect): void {
    switch (effect.type) {
      case 'spawn':
        this.#spawn(effect.run).catch((error: unknown) => this.#spawnFailed(effect.run, error));
        return;
      case 'signal':
        this.#signalTree(effect.signal, effect.scope);
        return;
      case 'kill-tree':
        signalAll('SIGKILL', () => this.#members());
        return;
      case 'watch-tree':
        this.#watchTree(effect.run);
        return;
      case 'probe':
        void this.#probe(effect.run);
        return;
      default:
        return effect satisfies never;
    }
  }

  /** Arms the one timer of the process for what its record wants next. */
  arm(now: number): void {
    clearTimeout(this.#timer);
    const at = wakeAt(this.record);
    if (at === null) return;
    const delay = Math.min(Math.max(at - now, 0), MAX_TIMER_MS);
    // The timer runs on the monotonic clock. When the wall clock was set back meanwhile, the time is up all the same.
    this.#timer = setTimeout(() => this.#report({ type: 'tick' }, at), delay);
  }

  /** Sends a signal on somebody's behalf. False when there is no process to get it. */
  signal(signal: NodeJS.Signals, group: boolean): boolean {
    if (!this.#leaderAlive || this.#leader === null) return false;
    return sendSignal(group ? -this.#leader : this.#leader, signal);
  }

  /** A line of pidnap's own in the log of the process. */
  note(text: string): Promise<void> {
    return this.log.append([{ at: Date.now(), stream: 'pidnap', text, partial: false }]);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#probes.abort();
    await this.log.close();
  }

  /** Closes everything and deletes what the process left on the disk. */
  async forget(): Promise<void> {
    await this.close();
    await this.log.delete();
    const pipes = join(this.#around.stateDir, 'pipes', this.record.name);
    await Promise.all(['stdout', 'stderr'].map((stream) => rm(`${pipes}.${stream}`, { force: true })));
  }

  async #spawn(run: number): Promise<void> {
    const { definition, log } = this;
    const child = await runProcess({
      definition,
      env: this.#environment(),
      log,
      pipeDir: join(this.#around.stateDir, 'pipes'),
      name: this.record.name,
    });
    this.#leader = child.pid;
    this.#leaderAlive = true;
    this.#probes = new AbortController();
    void this.note(`run ${run}: started, pid ${child.pid}`);
    this.#report({ type: 'spawned', run, pid: child.pid });
    const exit = await child.exited;
    this.#leaderAlive = false;
    this.#probes.abort();
    const survivors = this.#members().length;
    // With nobody left the pipes end at once: what the process said last is readable when its end is.
    if (survivors === 0) await child.drained();
    void this.note(
      `run ${run}: ${exit.signal ? `killed by ${exit.signal}` : `exited with code ${exit.exitCode}`}`,
    );
    this.#report({ type: 'exited', run, ...exit, survivors: survivors === 0 ? 0 : this.#members().length });
  }

  #spawnFailed(run: number, error: unknown): void {
    const message = `cannot be started: ${error instanceof Error ? error.message : String(error)}`;
    void this.note(`run ${run}: ${message}`);
    this.#report({ type: 'spawn-failed', run, message });
  }

  #signalTree(signal: NodeJS.Signals, scope: 'group' | 'tree'): void {
    const members = (): number[] => this.#members();
    if (scope === 'tree') signalAll(signal, members);
    else this.signal(signal, true);
    // A frozen process acts on a signal only once it runs again.
    if (signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCONT') return;
    if (scope === 'tree') signalAll('SIGCONT', members);
    else this.signal('SIGCONT', true);
  }

  #watchTree(run: number): void {
    const look = (): void => {
      if (this.#members().length > 0) setTimeout(look, WATCH_MS);
      else this.#report({ type: 'tree-gone', run });
    };
    setTimeout(look, WATCH_MS);
  }

  async #probe(run: number): Promise<void> {
    const { definition } = this;
    if (!definition.health) return;
    const { signal } = this.#probes;
    // Not of the process's own tree: a probe under way must not look like a child that was left behind.
    const env = { ...this.#environment(), [MARK_PROCESS]: `${this.record.name}:probe` };
    const answer = await probe(definition.health, { definition, env, signal });
    if (!signal.aborted) this.#report({ type: 'probed', run, ...answer });
  }

  #members(): number[] {
    return this.#leader === null ? [] : findTree(this.#leader, this.#mark);
  }

  #environment(): Record<string, string> {
    const { markerEnv, own } = this.#around;
    return childEnvironment({ definition: this.definition, mark: this.#mark, markerEnv, own });
  }
}
