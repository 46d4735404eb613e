import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { endProcesses, referTo, type ProcessRef } from '../processes/end-processes.ts';
import { descendants, readProcesses, type ProcessEntry } from '../processes/process-table.ts';
import type { BoundedLog } from './bounded-log.ts';

/** What one probe of a part found. `slow`: no answer in time, which a busy computer explains. `broken`: a wrong one. */
export type ProbeResult = 'ok' | 'slow' | 'broken';

/** What a new process says: the lines of its stdout. The signal fires when it has ended or takes too long. */
export type ReadyOutput = { lines: AsyncIterable<string>; signal: AbortSignal };

/** A process that the warden keeps running. */
export type PartDefinition = {
  name: string;
  command: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  log: BoundedLog;
  /** Lines that are not worth keeping. */
  isNoise?: (line: string) => boolean;
  /** Resolves when the new process answers. */
  ready: (output: ReadyOutput) => Promise<void>;
  probe: () => Promise<ProbeResult>;
  /** How the process is asked to end: by closing its stdin, or by SIGTERM. */
  stopBy: 'stdin' | 'SIGTERM';
  /** Time that it has for that. */
  stopGraceMs: number;
  /** Whether a process below this one belongs to it and ends with it. Machines are below a host-agent, and do not. */
  owns: (entry: ProcessEntry) => boolean;
  /** Told of every start, before anything else can happen. */
  onSpawn: (process: ProcessRef) => Promise<void>;
  /** Told when the part died, hung, or answers again. */
  onTrouble: (message: string) => void;
  /** What people miss while it is away. */
  withoutIt?: string;
  /** Whether a start that failed so would fail again for ever, as on a computer that cannot run the program at all. */
  isHopeless?: (failure: PartFailedToStart) => boolean;
};

/** A part that is kept running. */
export type Part = {
  /** Ends it; resolves with whether it ended by itself, in time and with success. */
  stop(): Promise<boolean>;
};

/** A part that the others can do without. */
export type PartAside = Part & {
  /** Resolves with whether its first start succeeded. */
  firstStart: Promise<boolean>;
};

/** How a process ended before it answered. */
export class PartFailedToStart extends Error {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastLines: string[];

  constructor(
    name: string,
    { exitCode, signalCode }: Pick<ChildProcess, 'exitCode' | 'signalCode'>,
    lastLines: string[],
  ) {
    const how = exitCode === null ? signalCode : `exit code ${exitCode}`;
    super(`${name} did not start${how === null ? '' : ` (${how})`}`);
    this.exitCode = exitCode;
    this.signal = signalCode;
    this.lastLines = lastLines;
  }
}

const READY_LIMIT_MS = 60_000;
const PROBE_EVERY_MS = 2_000;
/** A wrong answer weighs two, a missing one weighs one: dead in about 4 s, hung in about 25 s. */
const WEIGHT: Record<ProbeResult, number> = { ok: 0, slow: 1, broken: 2 };
const TOO_MUCH = 4;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** After so long without trouble the next restart is quick again. */
const CALM_MS = 60_000;

/**
 * Starts a part and keeps it running: one that dies or hangs is ended and started again, with growing distances.
 * Resolves when it answers for the first time. Throws `PartFailedToStart` when its first start fails.
 */
export async function startPart(part: PartDefinition): Promise<Part> {
  const stopping = new AbortController();
  return keepRunning(part, await launch(part, stopping.signal), stopping);
}

/**
 * The same for a part that the others can do without: returns at once and never throws. A first start that fails is
 * told and repeated like any later one, unless it is hopeless.
 */
export function startPartAside(part: PartDefinition): PartAside {
  const stopping = new AbortController();
  const launching = launchOrTell(part, stopping.signal);
  const keeping = launching.then((first) => keepRunning(part, first, stopping));
  return {
    firstStart: launching.then((first) => !(first instanceof Error)),
    async stop() {
      stopping.abort();
      return (await keeping).stop();
    },
  };
}

/** `first`: what the first start led to, a process or why there is none. */
function keepRunning(part: PartDefinition, first: Launched | Error, stopping: AbortController): Part {
  let current = first;
  const loop = keep();

  return {
    async stop() {
      stopping.abort();
      await loop;
      return current instanceof Error ? false : end(current, part);
    },
  };

  async function keep(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      if (current instanceof Error) {
        if (current instanceof PartFailedToStart && part.isHopeless?.(current) === true) return;
      } else {
        const why = await watch(current, part, stopping.signal);
        if (why === null) return;
        part.onTrouble(`${why}; starting it again`);
        if (Date.now() - current.since > CALM_MS) failures = 0;
        await kill(current, part);
      }
      await pause(Math.min(FIRST_DELAY_MS * 2 ** failures++, LONGEST_DELAY_MS), undefined, stopping).catch(
        () => undefined,
      );
      if (stopping.signal.aborted) return;
      current = await launchOrTell(part, stopping.signal);
      if (!(current instanceof Error)) part.onTrouble(`${part.name} answers again`);
    }
  }
}

type Launched = {
  child: ChildProcess;
  process: ProcessRef | null;
  ended: Promise<void>;
  /** Ended, and its output is read to the end. */
  closed: Promise<void>;
  since: number;
};

async function launchOrTell(part: PartDefinition, stopping: AbortSignal): Promise<Launched | Error> {
  try {
    return await launch(part, stopping);
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    if (!stopping.aborted) part.onTrouble(describeFailure(part, failure));
    return failure;
  }
}

function describeFailure({ withoutIt }: PartDefinition, failure: Error): string {
  const reason = failure instanceof PartFailedToStart ? lastWords(failure) : undefined;
  const why = reason === undefined ? failure.message : `${failure.message}: ${reason}`;
  return withoutIt === undefined ? why : `${why}; ${withoutIt}`;
}

/** The last line that stands at the margin: below it Node prints where an error was thrown, and its own version. */
function lastWords({ lastLines }: PartFailedToStart): string | undefined {
  return lastLines.findLast((line) => /^\S../.test(line) && !line.startsWith('Node.js v'));
}

async function launch(part: PartDefinition, stopping: AbortSignal): Promise<Launched> {
  const [program = '', ...args] = part.command;
  const child = spawn(program, args, { cwd: part.cwd, env: part.env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A program that cannot be started has ended as well; why, is told below.
  const ended = once(child, 'exit').then(nothing, nothing);
  const closed = once(child, 'close').then(nothing, nothing);
  await once(child, 'spawn');
  child.stdin?.on('error', () => undefined); // the process may be gone before its stdin is closed
  const process = await referTo(child.pid!);
  if (process !== null) await part.onSpawn(process);
  const launched = { child, process, ended, closed, since: Date.now() };
  const gone = new AbortController();
  void ended.then(() => gone.abort());
  const lines = keepOutput(child, part);
  const signal = AbortSignal.any([gone.signal, stopping, AbortSignal.timeout(READY_LIMIT_MS)]);
  try {
    await Promise.race([part.ready({ lines, signal }), rejectAtAbort(signal)]);
    return launched;
  } catch {
    // Why it failed is in its own words: its exit code and its last lines.
    await kill(launched, part);
    throw new PartFailedToStart(part.name, child, part.log.tail());
  }
}

/** A process that says nothing must not be waited for beyond the limit. */
function rejectAtAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Writes both streams to the log; stdout can be read as it comes until the first reader stops. */
function keepOutput(child: ChildProcess, { log, isNoise }: PartDefinition): AsyncIterable<string> {
  const queue: string[] = [];
  let wake = (): void => undefined;
  let isOver = false;
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (isNoise?.(line) !== true) log.write(line);
      if (stream !== child.stdout || queue.length > 100) return;
      queue.push(line);
      wake();
    });
  }
  child.once('close', () => {
    isOver = true;
    wake();
  });
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const line = queue.shift();
        if (line !== undefined) yield line;
        else if (isOver) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** Resolves with what is wrong, or with `null` when the warden is stopping. */
async function watch(
  { child, ended }: Launched,
  part: PartDefinition,
  stopping: AbortSignal,
): Promise<string | null> {
  const over = new AbortController();
  const exit = ended.then(() => `${part.name} ended (${child.signalCode ?? `exit code ${child.exitCode}`})`);
  const stop = new Promise<null>((resolve) => {
    if (stopping.aborted) resolve(null);
    stopping.addEventListener('abort', () => resolve(null), { once: true, signal: over.signal });
  });
  const why = await Promise.race([exit, stop, probeUntilBad(part, over.signal)]);
  over.abort();
  return stopping.aborted ? null : why;
}

async function probeUntilBad(part: PartDefinition, signal: AbortSignal): Promise<string> {
  for (let weight = 0; ;) {
    await pause(PROBE_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return '';
    const result = await part.probe();
    weight = result === 'ok' ? 0 : weight + WEIGHT[result];
    if (weight >= TOO_MUCH)
      return `${part.name} ${result === 'slow' ? 'does not answer' : 'answers with errors'}`;
  }
}

async function end(launched: Launched, part: PartDefinition): Promise<boolean> {
  const { child } = launched;
  if (child.exitCode !== null || child.signalCode !== null) return false;
  if (part.stopBy === 'stdin') child.stdin?.end();
  else child.kill('SIGTERM');
  const inTime = await Promise.race([
    launched.ended.then(() => true),
    pause(part.stopGraceMs, false, { ref: false }),
  ]);
  await kill(launched, part);
  return inTime && child.exitCode === 0;
}

/** Ends what is left of a process and of everything below it that is its own. Resolves when its output is read. */
async function kill({ process, child, closed }: Launched, part: PartDefinition): Promise<void> {
  const below = process === null ? [] : descendants(await readProcesses(), process.pid).filter(part.owns);
  child.kill('SIGKILL');
  await endProcesses(below, 0);
  // Something below may keep the pipes open although the process is gone.
  await Promise.race([closed, pause(1_000, undefined, { ref: false })]);
}

function nothing(): undefined {}
