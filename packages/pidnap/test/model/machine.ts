import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ORPCError } from '@orpc/client';
import { scanMarked, sendSignal, type MarkedProcess } from '../../src/shell/process-tree.ts';
import { eventually, startTestPidnap, type TestPidnap } from '../pidnap-process.ts';
import type { Ending } from './boots.ts';
import type { File } from './files.ts';
import { FIRST_FILE, NAMES, definitionOf } from './catalogue.ts';
import { EventWitness } from './event-witness.ts';
import type { Call, Fact } from './operations.ts';

/** What came of a call. `code`: `ok`, the code of a refusal, or `lost` when pidnap ended before it answered. */
export interface Answer {
  readonly code: string;
  readonly value: unknown;
}

/** A line that a child wrote when it began. */
export interface Begun {
  readonly kind: 'leader' | 'kid';
  readonly name: string;
  readonly run: number;
  readonly pid: number;
}

const ANSWER_MS = 30_000;

/** A real pidnap, its config file, and the folder where its children meet. */
export class Machine {
  readonly folder: string;
  file: File = FIRST_FILE;
  instanceId = '';
  witness: EventWitness;
  readonly #pidnap: TestPidnap;
  readonly #env: Record<string, string>;

  private constructor(pidnap: TestPidnap, folder: string, env: Record<string, string>) {
    this.#pidnap = pidnap;
    this.folder = folder;
    this.#env = env;
    this.witness = new EventWitness(pidnap.client);
  }

  static async start(): Promise<Machine> {
    const folder = mkdtempSync(join(tmpdir(), 'pidnap-model-'));
    execFileSync(
      'mkfifo',
      NAMES.map((name) => join(folder, `${name}.orders`)),
    );
    writeFileSync(join(folder, 'ledger'), '');
    writeFileSync(join(folder, 'violations'), '');
    const env = { PIDNAP_BOOT_ID: 'boot 1' };
    const machine = new Machine(await startTestPidnap(processesOf(FIRST_FILE, folder), { env }), folder, env);
    ({ instanceId: machine.instanceId } = await machine.client.info());
    await machine.witness.ready;
    return machine;
  }

  get client(): TestPidnap['client'] {
    return this.#pidnap.client;
  }

  get pid(): number {
    return this.#pidnap.child.pid ?? 0;
  }

  output(): string {
    return this.#pidnap.output();
  }

  /** Children that began, in order. */
  ledger(): Begun[] {
    const lines = readFileSync(join(this.folder, 'ledger'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [kind, name = '', run, pid] = line.split(' ');
      return { kind: kind === 'kid' ? 'kid' : 'leader', name, run: Number(run), pid: Number(pid) };
    });
  }

  /** What children found wrong by themselves. */
  violations(): string {
    return readFileSync(join(this.folder, 'violations'), 'utf8');
  }

  /** Everything alive that carries a mark of this pidnap. */
  marked(): MarkedProcess[] {
    return scanMarked(this.instanceId);
  }

  async call({ kind, name, variant, signal }: Call, actionId: string | undefined): Promise<Answer> {
    const { client, folder } = this;
    const input = { name, actionId };
    const definition = (): ReturnType<typeof definitionOf> => definitionOf(name, variant, folder);
    const options = { signal: AbortSignal.timeout(ANSWER_MS) };
    return answerTo(() => {
      if (kind === 'signal') return client.signal({ ...input, signal }, options);
      if (kind === 'add' || kind === 'update')
        return client[kind]({ ...input, definition: definition() }, options);
      return client[kind](input, options);
    });
  }

  async reload(file: File, dryRun: boolean): Promise<Answer> {
    this.write(file);
    return answerTo(() => this.client.reload({ dryRun }, { signal: AbortSignal.timeout(ANSWER_MS) }));
  }

  /** Changes the config file, without a word to pidnap. */
  write(file: File): void {
    const path = join(this.#pidnap.dir, 'pidnap.config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, processes: processesOf(file, this.folder) }));
  }

  /** Does something to the leader of a run, or tells it to do something. */
  async inflict(kind: Fact['kind'], { name, run, pid }: Begun): Promise<void> {
    if (kind === 'kill') return void sendSignal(pid, 'SIGKILL');
    const kids = (): number =>
      this.ledger().filter((one) => one.kind === 'kid' && one.name === name && one.run === run).length;
    const before = kids();
    sendSignal(pid, 'SIGCONT');
    writeFileSync(join(this.folder, `${name}.orders`), `${kind} ${pid}\n`, { flag: 'r+' });
    if (kind.startsWith('fork')) await eventually(() => kids() > before);
  }

  /** Ends pidnap, or everything. Gives back its exit code; null when it was killed. */
  async end(ending: Ending): Promise<number | null> {
    const { child } = this.#pidnap;
    const ended = once(child, 'exit') as Promise<[number | null]>;
    child.kill(ending === 'orderly' ? 'SIGTERM' : 'SIGKILL');
    const [code] = await Promise.race([
      ended,
      delay(60_000).then(() => Promise.reject(new Error('pidnap did not end'))),
    ]);
    this.witness.stop();
    if (ending === 'power') await this.#killChildren();
    return code;
  }

  async startAgain(ending: Ending): Promise<void> {
    if (ending === 'power') this.#env['PIDNAP_BOOT_ID'] = `${this.#env['PIDNAP_BOOT_ID']}+`;
    await this.#pidnap.startAgain();
    this.witness = new EventWitness(this.client);
    await this.witness.ready;
  }

  async remove(): Promise<void> {
    this.witness.stop();
    await this.#pidnap.end();
    await this.#killChildren();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #killChildren(): Promise<void> {
    await eventually(() => {
      const marked = this.marked();
      for (const { pid } of marked) sendSignal(pid, 'SIGKILL');
      return marked.length === 0;
    });
  }
}

function processesOf(file: File, folder: string): Record<string, ReturnType<typeof definitionOf>> {
  return Object.fromEntries(
    Object.entries(file).map(([name, variant]) => [name, definitionOf(name, variant, folder)]),
  );
}

async function answerTo(ask: () => Promise<unknown>): Promise<Answer> {
  try {
    return { code: 'ok', value: await ask() };
  } catch (error) {
    if (error instanceof ORPCError) return { code: error.code, value: error.data };
    if (error instanceof Error && error.name === 'TimeoutError') throw error;
    return { code: 'lost', value: null };
  }
}
