import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, mentions, readProcesses, withDescendants } from '../processes.ts';
import { type StartReport, StartReports } from './start-reports.ts';
import type { Plan, Subject } from './subjects/subject.ts';

/** Between two looks at processes whose end no event tells. */
const LOOK_MS = 2;
/** How long a session that is over may take to end by itself. */
const POLITE_MS = 500;
const POLITE_LOOK_MS = 20;
const FORCE_MS = 10_000;

/** What one supervisor is to run, its children in the words of programs/child.c. */
export type SessionOptions = {
  subject: Subject;
  /** The folder in which the session makes its own. */
  scratch: string;
  /** The program of the children. */
  child: string;
  /** How many children. */
  count: number;
  /** Mode of the children and its arguments; `idle` when left out. */
  mode?: readonly string[];
  keepOutput?: boolean;
};

/** One supervisor under measurement, with its children, in a folder of its own. */
export class Session {
  readonly subject: Subject;
  readonly folder: string;
  readonly plan: Plan;
  readonly reports: StartReports;
  /** Just before the supervisor was started, in the time of `StartReport`. */
  readonly launchedAt: bigint;
  readonly #process: ChildProcess;
  readonly #exit: Promise<bigint>;

  constructor({ subject, scratch, child, count, mode = ['idle'], keepOutput = false }: SessionOptions) {
    this.subject = subject;
    this.folder = mkdtempSync(join(scratch, `${subject.name}-`));
    this.reports = new StartReports(join(this.folder, 'starts'));
    const children = Array.from({ length: count }, (_, index) => {
      const name = `child-${index}`;
      return { name, command: [child, this.reports.fifo, name, ...mode] };
    });
    this.plan = subject.prepare({ folder: this.folder, children, keepOutput });
    const [file = '', ...args] = this.plan.command;
    const output = openSync(join(this.folder, 'supervisor.out'), 'w');
    const env = { PATH: process.env.PATH, HOME: this.folder, BENCH_SESSION: this.folder, ...this.plan.env };
    this.launchedAt = process.hrtime.bigint();
    this.#process = spawn(file, args, { cwd: this.folder, env, stdio: ['ignore', output, output] });
    closeSync(output);
    // A program that cannot be executed has ended as well; `started` says so.
    this.#exit = once(this.#process, 'exit')
      .catch(() => undefined)
      .then(() => process.hrtime.bigint());
  }

  /** Resolves with the report number `count`, or fails with what the supervisor printed: when it ends, or too late. */
  async started(count: number, withinMs?: number): Promise<StartReport> {
    const ended = this.#exit.then(() => Promise.reject(new Error('the supervisor has ended')));
    try {
      return await Promise.race([this.reports.waitFor(count, withinMs), ended]);
    } catch (error) {
      const said = readFileSync(join(this.folder, 'supervisor.out'), 'utf8').slice(-2000);
      throw new Error(`${this.subject.name}: ${String(error)}\n${said}`, { cause: error });
    }
  }

  /** The supervisor's own processes, the children left out. */
  supervisorPids(): number[] {
    const children = new Set(this.reports.starts.map(({ pid }) => pid));
    const { pid } = this.#process;
    return pid === undefined
      ? []
      : withDescendants([pid], readProcesses()).filter((one) => !children.has(one));
  }

  /** The process that was started; all others of the supervisor descend from it. */
  get mainPid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.subject.name} could not be started`);
    return pid;
  }

  /** Asks the supervisor to stop everything; resolves with the nanoseconds until all of it had ended. */
  async stop(withinMs = 60_000): Promise<number> {
    const others = this.#mine().filter((pid) => pid !== this.mainPid);
    const askedAt = process.hrtime.bigint();
    const deadline = Date.now() + withinMs;
    this.#process.kill(this.plan.stopSignal);
    let endedAt = await Promise.race([this.#exit, delay(withinMs, undefined, { ref: false })]);
    while (endedAt === undefined || others.some(isRunning)) {
      if (Date.now() > deadline) throw new Error(`${this.subject.name} did not stop within ${withinMs} ms`);
      await delay(LOOK_MS);
      endedAt = process.hrtime.bigint();
    }
    return Number(endedAt - askedAt);
  }

  /** Ends what is left, with force after a moment, and removes the folder. */
  async end(): Promise<void> {
    // A supervisor that is killed leaves its children to process 1, where they may stay zombies in everybody's way.
    this.#process.kill(this.plan.stopSignal);
    const forceAt = Date.now() + POLITE_MS;
    while (this.#mine().length > 0 && Date.now() < forceAt) await delay(POLITE_LOOK_MS);
    const deadline = Date.now() + FORCE_MS;
    while (this.killNow()) {
      if (Date.now() > deadline) throw new Error(`${this.subject.name} cannot be killed`);
      await delay(LOOK_MS);
    }
    this.reports.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** Sends SIGKILL to all of it once. False when nothing was left. */
  killNow(): boolean {
    const mine = this.#mine();
    const supervisors = new Set(this.supervisorPids());
    for (const pid of mine.toSorted((a, b) => Number(supervisors.has(b)) - Number(supervisors.has(a))))
      kill(pid);
    return mine.length > 0;
  }

  #mine(): number[] {
    return readProcesses()
      .filter(({ pid, zombie }) => !zombie && pid !== process.pid && mentions(pid, this.folder))
      .map(({ pid }) => pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
