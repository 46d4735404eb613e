import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ORPCError } from '@orpc/client';
import { scanMarked, sendSignal, type MarkedProcess } from '../../src/shell/process-tree.ts';
import { startPidnapCommand } from '../pidnap-command.ts';
import { eventually, startTestPidnap, type TestPidnap } from '../pidnap-process.ts';
import type { Ending } from './boots.ts';
import type { File } from './files.ts';
import { FIRST_FILE, definitionOf } from './catalogue.ts';
import { Children } from './children.ts';
import { EventWitness } from './event-witness.ts';
import type { Call } from './operations.ts';

/** What came of a call. `code`: `ok`, the code of a refusal, or `lost` when pidnap ended before it answered. */
export interface Answer {
  readonly code: string;
  readonly value: unknown;
}

const ANSWER_MS = 30_000;

/** A real pidnap with its config file and its children. */
export class Machine {
  readonly children: Children;
  file: File = FIRST_FILE;
  instanceId = '';
  witness: EventWitness;
  readonly #pidnap: TestPidnap;
  readonly #env: Record<string, string>;

  private constructor(pidnap: TestPidnap, children: Children, env: Record<string, string>) {
    this.#pidnap = pidnap;
    this.children = children;
    this.#env = env;
    this.witness = new EventWitness(pidnap.client);
  }

  static async start(): Promise<Machine> {
    const children = new Children();
    const env = { PIDNAP_BOOT_ID: 'boot 1' };
    const pidnap = await startTestPidnap(processesOf(FIRST_FILE, children.folder), { env });
    const machine = new Machine(pidnap, children, env);
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

  /** Everything alive that carries a mark of this pidnap. */
  marked(): MarkedProcess[] {
    return scanMarked(this.instanceId);
  }

  async call({ kind, name, variant, signal }: Call, actionId: string | undefined): Promise<Answer> {
    const { client } = this;
    const { folder } = this.children;
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
    this.#pidnap.writeConfig({ processes: processesOf(file, this.children.folder) });
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

  /** Starts pidnap after it ended in this way; before, some that are killed after so many milliseconds. */
  async startAgain(ending: Ending, stumbles: readonly number[] = []): Promise<void> {
    if (ending === 'power') this.#env['PIDNAP_BOOT_ID'] = `${this.#env['PIDNAP_BOOT_ID']}+`;
    for (const ms of stumbles) {
      const first = startPidnapCommand(['run', '--config', this.#pidnap.configFile], { env: this.#env });
      await delay(ms);
      await first.end('SIGKILL');
    }
    await this.#pidnap.startAgain();
    this.witness = new EventWitness(this.client);
    await this.witness.ready;
  }

  async remove(): Promise<void> {
    this.witness.stop();
    await this.#pidnap.end();
    await this.#killChildren();
    this.children.remove();
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
