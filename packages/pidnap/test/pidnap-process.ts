import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { createPidnapClient, type PidnapClient } from '../src/client.ts';
import type { StateChange } from '../src/contract.ts';
import type { PidnapConfigInput } from '../src/contract/config.ts';
import type { ProcessDefinitionInput } from '../src/contract/definition.ts';
import { readEnvironment, readProcessTable } from '../src/shell/process-table.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
export const TOKEN = 'a-token-of-the-process-tests';

/** A real pidnap in a process of its own, with a state directory that is removed by `end`. */
export interface TestPidnap {
  readonly dir: string;
  /** The file that `pidnap run` reads. */
  readonly configFile: string;
  readonly client: PidnapClient;
  readonly url: string;
  child: ChildProcess;
  /** What pidnap itself printed. */
  output(): string;
  /** Lines that a process wrote itself, both streams, oldest first. */
  linesOf(name: string): Promise<string[]>;
  /** Replaces the config file as an editor does; what is not given is as it was at the start. Nobody is told. */
  writeConfig(config: Partial<PidnapConfigInput>): void;
  /** Resolves with the exit code and signal of pidnap, when it has ended. */
  exited(): Promise<[code: number | null, signal: string | null]>;
  /** Starts pidnap again on the same state directory, after it ended. */
  startAgain(): Promise<void>;
  /** Ends pidnap and whatever it left, whatever the state of the test. */
  end(): Promise<void>;
}

/** Starts `pidnap run` and waits until it listens. */
export async function startTestPidnap(
  processes: Record<string, ProcessDefinitionInput>,
  options: {
    env?: Record<string, string>;
    wrap?: readonly string[];
    /** Arguments for Node itself. */
    node?: readonly string[];
    /** More arguments for `pidnap run`. */
    args?: readonly string[];
    config?: Partial<PidnapConfigInput>;
  } = {},
): Promise<TestPidnap> {
  const dir = mkdtempSync(join(tmpdir(), 'pidnap-test-'));
  const configPath = join(dir, 'pidnap.config.json');
  const tokenFile = join(dir, 'token');
  writeFileSync(tokenFile, `${TOKEN}\n`);
  const config: PidnapConfigInput = {
    stateDir: join(dir, 'state'),
    listen: { tcp: { port: 0, tokenFile } },
    processes,
    ...options.config,
  };
  writeFileSync(configPath, JSON.stringify(config));
  let output = '';
  const start = async (): Promise<{ child: ChildProcess; url: string }> => {
    const [file = '', ...args] = [
      ...(options.wrap ?? []),
      process.execPath,
      ...(options.node ?? []),
      MAIN,
      'run',
      '--config',
      configPath,
      ...(options.args ?? []),
    ];
    const env = { ...process.env, ...options.env };
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        output += chunk.toString();
      });
    }
    const url = await eventually(
      () => {
        if (child.exitCode !== null) throw new Error(`pidnap ended with code ${child.exitCode}: ${said}`);
        return / and (http:\S+)/.exec(said)?.[1];
      },
      () => `pidnap does not listen: ${said}`,
    );
    return { child, url };
  };
  const first = await start().catch((error: unknown) => {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  });
  const pidnap: TestPidnap = {
    dir,
    configFile: configPath,
    url: first.url,
    child: first.child,
    client: createPidnapClient({ socketPath: join(dir, 'state', 'pidnap.sock') }),
    output: () => output,
    async linesOf(name) {
      const { lines } = await pidnap.client.logs({ name, tail: 10_000 });
      return lines.filter(({ stream }) => stream !== 'pidnap').map(({ text }) => text);
    },
    writeConfig(changed) {
      writeFileSync(`${configPath}.new`, JSON.stringify({ ...config, ...changed }));
      renameSync(`${configPath}.new`, configPath);
    },
    async exited() {
      const { child } = pidnap;
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return [child.exitCode, child.signalCode];
    },
    async startAgain() {
      pidnap.child = (await start()).child;
    },
    async end() {
      const { child } = pidnap;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGCONT');
        // The whole group: under `unshare` or an init, pidnap itself is a child of what was spawned.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
        await Promise.race([ended, delay(15_000).then(() => child.kill('SIGKILL'))]);
      }
      for (const pid of pidsMentioning(dir)) process.kill(pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return pidnap;
}

/** Every change of one process from now on, oldest first; grows until pidnap ends. */
export async function changesOf(pidnap: TestPidnap, name: string): Promise<StateChange[]> {
  const events = await pidnap.client.events({ name });
  // The snapshot: from here on nothing is missed.
  await events.next();
  const seen: StateChange[] = [];
  const collect = async (): Promise<void> => {
    for await (const event of events) if (event.type === 'state') seen.push(event);
  };
  // Ends with an error when pidnap is killed.
  collect().catch(() => {});
  return seen;
}

const scratchDir = mkdtempSync(join(tmpdir(), 'pidnap-scratch-'));
afterAll(() => rmSync(scratchDir, { recursive: true, force: true }));
let scratchFiles = 0;

/** A path where nothing is yet, removed after the tests of the file. */
export function scratchPath(name: string): string {
  return join(scratchDir, `${name}-${++scratchFiles}`);
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks until the answer is neither undefined, null nor false; fails after a generous deadline. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  explain: () => string = () => String(ask),
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false)
      return answer as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`did not come true in 20 s: ${explain()}`);
    await delay(20);
  }
}

/** The process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  return readProcessTable().some((row) => row.pid === pid && !row.zombie);
}

/** Live processes that carry an environment variable with this value. */
export function pidsWith(name: string, value: string): number[] {
  return readProcessTable()
    .filter(({ pid, zombie }) => !zombie && readEnvironment(pid).get(name) === value)
    .map(({ pid }) => pid);
}

/** A pid that a child wrote into a file, once it is there. */
export function pidFrom(path: string): Promise<number> {
  return eventually(
    () => readPid(path),
    () => `no pid in ${path}`,
  );
}

/** Lines that processes appended to a file; none while there is no file. */
export function linesIn(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

function readPid(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8').trim()) || undefined;
  } catch {
    // The child has not written it yet.
    return undefined;
  }
}

function pidsMentioning(text: string): number[] {
  return readProcessTable()
    .filter(({ pid, zombie }) => !zombie && pid !== process.pid)
    .filter(({ pid }) => [...readEnvironment(pid).values()].some((value) => value.includes(text)))
    .map(({ pid }) => pid);
}
