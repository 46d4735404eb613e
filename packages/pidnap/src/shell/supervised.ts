import type { ProcessDefinition } from '../contract/definition.ts';
import type { SignalName } from '../contract/primitives.ts';
import type { ProcessView, RunView } from '../contract/process.ts';
import { isEqual } from '../core/equal.ts';
import type { Effect, ProcessEvent } from '../core/event.ts';
import { currentRun, type PastRun } from '../core/history.ts';
import { leaderOf, type Exit, type ProcessRecord } from '../core/record.ts';
import { wakeAt } from '../core/step.ts';
import { toRunView, toView } from '../core/view.ts';
import { childEnvironment } from './child-env.ts';
import { steadyNow, wallOffset } from './clock.ts';
import { CurrentRun } from './current-run.ts';
import { definitionDigest } from './definition-digest.ts';
import { EnvFileWatch, isOutdated, readEnvFiles } from './env-files.ts';
import type { RunSoFar } from './health-asker.ts';
import type { MemoryKills } from './memory-kills.ts';
import { ProcessOutput } from './process-output.ts';
import { readEnvironment } from './process-table.ts';
import { markVariables, type RunMark } from './process-tree.ts';
import { spawnRun, type SpawnedRun } from './run-process.ts';
import { ScheduleKeeper } from './schedule-keeper.ts';

/** Longest delay that a timer of Node can take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What all processes of one pidnap share. */
export interface Surroundings {
  readonly instanceId: string;
  readonly logDir: string;
  readonly pipeDir: string;
  readonly markerEnv: readonly string[];
  readonly own: NodeJS.ProcessEnv;
  readonly memoryKills: MemoryKills;
  /** A process was started that had run before. */
  readonly onRestart: () => void;
}

/** What somebody told about a process, or what came of an effect. */
export type Report = (event: ProcessEvent, at?: number) => void;

/** The hands of one process: carries out effects and reports what came of them. Decides nothing. */
export class Supervised {
  record: ProcessRecord;
  definition: ProcessDefinition;
  definitionDigest: string;
  source: 'config' | 'api';
  /** Runs that ended, oldest first. */
  pastRuns: readonly PastRun[];
  /** Set while the process is being removed: settles when everything of it is gone. */
  removal: Promise<void> | null = null;
  readonly output: ProcessOutput;
  readonly #around: Surroundings;
  readonly #report: Report;
  readonly #schedule: ScheduleKeeper;
  readonly #envFiles: EnvFileWatch;
  #timer: NodeJS.Timeout | undefined;
  #atOnce: NodeJS.Immediate | undefined;
  #run: CurrentRun | null = null;
  /** Environment of the run that is up, or of the last one. */
  #environment: Record<string, string> = {};

  constructor(options: {
    record: ProcessRecord;
    definition: ProcessDefinition;
    source: 'config' | 'api';
    pastRuns: readonly PastRun[];
    around: Surroundings;
    report: Report;
  }) {
    const { record, definition, source, pastRuns, around, report } = options;
    this.record = record;
    this.definition = definition;
    this.definitionDigest = definitionDigest(definition);
    this.source = source;
    this.pastRuns = pastRuns;
    this.#around = around;
    this.#report = report;
    this.#schedule = new ScheduleKeeper(() => report({ type: 'due' }));
    this.#envFiles = new EnvFileWatch(() => report({ type: 'restart', reason: 'environment-changed' }));
    this.output = new ProcessOutput({
      logDir: around.logDir,
      pipeDir: around.pipeDir,
      name: record.name,
      limits: definition.logs,
    });
    this.#schedule.follow(definition.schedule);
  }

  /** Replaces the definition; a run that is up keeps what it was started with. */
  define(definition: ProcessDefinition, source: 'config' | 'api'): void {
    const { schedule, health, envFiles } = this.definition;
    this.definition = definition;
    this.definitionDigest = definitionDigest(definition);
    this.source = source;
    this.output.setLimits(definition.logs);
    // What goes on as before is left alone: a time that is due right now, a sign of life that was seen.
    if (!isEqual(definition.schedule, schedule)) this.#schedule.follow(definition.schedule);
    if (!this.#run || !leaderOf(this.record)) return;
    if (!isEqual(definition.health, health)) this.#watchHealth(this.#run, this.#soFar({ sameCheck: false }));
    if (!isEqual(definition.envFiles, envFiles)) this.#envFiles.follow(definition.envFiles);
  }

  /** The process as the API shows it. */
  view(): ProcessView {
    const nextDueAt = this.#schedule.next;
    return toView({ ...this.#source(), ...clocks(), nextDueAt });
  }

  /** The runs as the API shows them, newest first. */
  history(limit: number): RunView[] {
    const current = currentRun(this.record);
    const runs = current ? [...this.pastRuns, current] : this.pastRuns;
    return runs
      .slice(-limit)
      .toReversed()
      .map((run) => toRunView(run, clocks()));
  }

  perform(effect: Effect): void {
    switch (effect.type) {
      case 'spawn':
        return this.#spawn(effect.run);
      case 'signal':
        return this.#run?.ask(effect.signal, effect.scope);
      case 'kill-tree':
        return this.#run?.kill();
      case 'watch-tree':
        return this.#run?.whenGone(() => this.#report({ type: 'tree-gone', run: effect.run }));
      case 'probe':
        void this.#probe(effect.run);
        return;
      default:
        return effect satisfies never;
    }
  }

  /** Arms the one timer of the process for what its record wants next. */
  arm(now: number): void {
    this.#disarm();
    const at = wakeAt(this.record);
    if (at === null) return;
    if (at <= now) {
      // A timer takes a millisecond at least, half of what it takes to start a process. Input is still read in between.
      this.#atOnce = setImmediate(() => this.#report({ type: 'tick' }, at));
      return;
    }
    const delay = Math.min(at - now, MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#report({ type: 'tick' }, delay < MAX_TIMER_MS ? at : 0), delay);
  }

  /** Goes on with a run that an earlier pidnap started and that is alive. */
  adopt(leader: { pid: number; startTicks: number }): void {
    const began = readEnvironment(leader.pid);
    this.#environment = Object.fromEntries(began);
    const run = this.#begin(leader);
    this.output.note(`run ${run.run}: adopted, pid ${leader.pid}; an earlier pidnap had started it`);
    this.#envFiles.follow(this.definition.envFiles);
    this.#watchHealth(run, this.#soFar({ sameCheck: true }));
    void this.#awaitEnd(run, run.unseenExit(leader.pid));
    if (this.#isOutdated(began)) this.#report({ type: 'restart', reason: 'environment-changed' });
  }

  /** The env files changed while no pidnap was there to see it. */
  #isOutdated(began: ReadonlyMap<string, string>): boolean {
    const { envFiles } = this.definition;
    // Not for us to see.
    if (began.size === 0) return false;
    try {
      const now = this.#makeEnvironment(this.record.runs, readEnvFiles(envFiles));
      return isOutdated(envFiles, { began, now });
    } catch (error) {
      // The run has what it needs, whatever has become of the files; its next start will say what is wrong.
      this.output.note(`cannot tell whether the environment changed: ${String(error)}`);
      return false;
    }
  }

  /** Sends a signal on somebody's behalf. False when there is no process to get it. */
  signal(signal: SignalName, scope: 'leader' | 'group'): boolean {
    return this.#run?.signal(signal, scope) ?? false;
  }

  async close(): Promise<void> {
    this.#disarm();
    this.#schedule.close();
    this.#envFiles.close();
    this.#run?.release();
    await this.output.close();
  }

  /** Closes everything and deletes what the process left on the disk. */
  async forget(): Promise<void> {
    await this.close();
    await this.output.delete();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#atOnce);
  }

  #spawn(run: number): void {
    const { definition, output } = this;
    try {
      this.#envFiles.follow(definition.envFiles);
      this.#environment = this.#makeEnvironment(run, readEnvFiles(definition.envFiles));
      const child = spawnRun({ definition, env: this.#environment, stdio: output.stdio() });
      // Others that start in this turn come first; what is to be said about this one can wait until they run.
      queueMicrotask(() => this.#started(run, child));
    } catch (error) {
      const message = `cannot be started: ${error instanceof Error ? error.message : String(error)}`;
      output.note(`run ${run}: ${message}`);
      this.#report({ type: 'spawn-failed', run, message });
    }
  }

  #started(run: number, { pid, exited, ...child }: SpawnedRun): void {
    const startTicks = child.startTicks();
    const current = this.#begin({ pid, startTicks });
    this.output.note(`run ${run}: started, pid ${pid}`);
    this.#watchHealth(current, null);
    void this.#awaitEnd(current, exited);
    if (run > 1) this.#around.onRestart();
    this.#report({ type: 'spawned', run, pid, startTicks });
  }

  #begin(leader: { pid: number; startTicks: number }): CurrentRun {
    this.#run?.release();
    const { memoryKills } = this.#around;
    this.#run = new CurrentRun({
      mark: this.#mark(this.record.runs),
      leader,
      output: this.output,
      memoryKills,
    });
    return this.#run;
  }

  async #awaitEnd(run: CurrentRun, exited: Promise<Exit>): Promise<void> {
    const end = await run.ended(exited);
    this.output.note(`run ${run.run}: ${describeEnd(end)}`);
    this.#report({ type: 'exited', run: run.run, ...end });
  }

  #soFar({ sameCheck }: { sameCheck: boolean }): RunSoFar {
    const { startedAt, healthyAt } = this.record;
    return { startedAt: (startedAt ?? 0) + wallOffset(), wasHealthy: healthyAt !== null, sameCheck };
  }

  #watchHealth(run: CurrentRun, soFar: RunSoFar | null): void {
    const onSign = (answer: { ok: boolean; message: string }): void =>
      this.#report({ type: 'probed', run: run.run, ...answer });
    run.watchHealth(this.definition.health, { soFar, onSign });
  }

  async #probe(run: number): Promise<void> {
    // Not of the process's own tree: a probe under way must not look like a child that was left behind.
    const mark = markVariables({ ...this.#mark(run), name: `${this.record.name}:probe` });
    const env = { ...this.#environment, ...mark };
    const answer = await this.#run?.probe({ cwd: this.definition.cwd, env });
    if (answer) this.#report({ type: 'probed', run, ...answer });
  }

  #mark(run: number): RunMark {
    return { instanceId: this.#around.instanceId, name: this.record.name, run };
  }

  #makeEnvironment(run: number, fromFiles: Record<string, string>): Record<string, string> {
    const { markerEnv, own } = this.#around;
    return childEnvironment({
      definition: this.definition,
      mark: this.#mark(run),
      fromFiles,
      markerEnv,
      own,
    });
  }

  #source(): Pick<Supervised, 'record' | 'definition' | 'definitionDigest' | 'source'> {
    const { record, definition, definitionDigest: digest, source } = this;
    return { record, definition, definitionDigest: digest, source };
  }
}

function clocks(): { now: number; wallOffset: number } {
  return { now: steadyNow(), wallOffset: wallOffset() };
}

function describeEnd({ exitCode, signal, oomKilled }: Exit & { oomKilled: boolean }): string {
  if (oomKilled) return 'killed by the kernel: out of memory';
  if (signal !== null) return `killed by ${signal}`;
  return exitCode === null ? 'ended; nobody saw how' : `exited with code ${exitCode}`;
}
