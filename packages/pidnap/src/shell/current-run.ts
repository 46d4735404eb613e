import type { SignalName } from '../contract/primitives.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { Exit } from '../core/record.ts';
import { createHealthAsker, type HealthAsker, type RunSoFar } from './health-asker.ts';
import type { MemoryKills } from './memory-kills.ts';
import type { ProcessOutput } from './process-output.ts';
import { RunTree, sendSignal, type RunMark } from './process-tree.ts';
import type { ProbeAnswer } from './probe.ts';

/** How often a tree that is being ended is looked at. */
const WATCH_MS = 20;

/** How often a run is looked at that is no child of this pidnap: nobody tells of its end. */
const ADOPTED_WATCH_MS = 200;

/** What became of a run, as its hands saw it. */
export interface RunEnd extends Exit {
  readonly oomKilled: boolean;
  /** How many of its tree are left. */
  readonly survivors: number;
}

/** One run that has a pid: its tree, its end, and its signs of life. */
export class CurrentRun {
  readonly run: number;
  readonly #tree: RunTree;
  readonly #output: ProcessOutput;
  readonly #memoryKills: MemoryKills;
  readonly #probes = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #leaderAlive = true;
  /** A SIGKILL that was sent from here is no sign of a full memory. */
  #killed = false;
  #health: HealthAsker | null = null;

  constructor(options: {
    mark: RunMark;
    leader: { pid: number; startTicks: number };
    output: ProcessOutput;
    memoryKills: MemoryKills;
  }) {
    const { mark, leader, output, memoryKills } = options;
    this.run = mark.run;
    this.#tree = new RunTree({ leader: leader.pid, startTicks: leader.startTicks, mark });
    this.#output = output;
    this.#memoryKills = memoryKills;
  }

  /** Resolves when the process has ended and all it said is in the log. */
  async ended(exited: Promise<Exit>): Promise<RunEnd> {
    const exit = await exited;
    this.#leaderAlive = false;
    this.#stopLooking();
    const oomKilled = exit.signal === 'SIGKILL' && !this.#killed && this.#memoryKills.takeOne();
    await this.#output.drain();
    return { ...exit, oomKilled, survivors: this.#tree.members().length };
  }

  /** For a run that is no child of this pidnap: settles when its leader is gone; how it ended cannot be seen. */
  unseenExit(pid: number): Promise<Exit> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (sendSignal(pid, 0) && this.#tree.leaderAlive()) this.#later(look, ADOPTED_WATCH_MS);
        else resolve({ exitCode: null, signal: null });
      };
      this.#later(look, ADOPTED_WATCH_MS);
    });
  }

  /** Sends a signal on somebody's behalf. False when there is no process to get it. */
  signal(signal: SignalName, scope: 'leader' | 'group'): boolean {
    if (!this.#leaderAlive) return false;
    this.#killed ||= signal === 'SIGKILL';
    return this.#tree.signal(signal, scope);
  }

  /** Asks the group, or everything of the tree, to stop. */
  ask(signal: SignalName, scope: 'group' | 'tree'): void {
    this.#killed ||= signal === 'SIGKILL';
    this.#tree.remember();
    this.#tree.signal(signal, scope);
    // A frozen process acts on a signal only once it runs again.
    if (signal !== 'SIGKILL' && signal !== 'SIGSTOP' && signal !== 'SIGCONT')
      this.#tree.signal('SIGCONT', scope);
  }

  kill(): void {
    this.#killed = true;
    this.#tree.remember();
    this.#tree.kill();
  }

  /** Calls back once nothing of the tree is left, but for what runs as another user and cannot be ended from here. */
  whenGone(gone: () => void): void {
    const look = (): void => {
      if (this.#tree.members().length > 0) this.#later(look, WATCH_MS);
      else {
        const beyond = this.#tree.beyondReach();
        if (beyond.length > 0)
          void this.#output.note(`run ${this.run}: left running as another user: pid ${beyond.join(', ')}`);
        gone();
      }
    };
    this.#later(look, WATCH_MS);
  }

  /** Answers for this check from now on; `onSign` is told of a good answer that comes by itself. */
  watchHealth(
    check: ProcessDefinition['health'],
    { soFar, onSign }: { soFar: RunSoFar | null; onSign: (answer: ProbeAnswer) => void },
  ): void {
    this.#health?.close();
    this.#health = check ? createHealthAsker(check, { output: this.#output, soFar, onSign }) : null;
  }

  /** Asks once; null when there is nothing to ask, or the run ended or got another check meanwhile. */
  async probe(context: { cwd: string; env: Record<string, string> }): Promise<ProbeAnswer | null> {
    const { signal } = this.#probes;
    const asker = this.#health;
    const answer = await asker?.ask({ ...context, signal });
    return signal.aborted || asker !== this.#health ? null : (answer ?? null);
  }

  /** Forgets the run without touching it. */
  release(): void {
    this.#stopLooking();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #stopLooking(): void {
    this.#probes.abort();
    this.#health?.close();
  }

  #later(act: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
