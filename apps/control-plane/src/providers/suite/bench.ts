/** What the checks of the suite share: machines of their own, actions, and waiting for what comes of them. */
import type { ActionRef, Inspection } from '@fettle/contract';
import { expect } from 'vitest';
import { type MachineProvider, type NewMachine, ProviderError } from '../machine-provider.ts';
import type { ProviderUnderTest } from './under-test.ts';

/** An action of a machine. */
export function actionOf(machineId: string, sequence: number): ActionRef {
  return { id: `${machineId}/${sequence}`, sequence };
}

/** What a provider refused or failed with; anything else is a failure of the test. */
export async function failureOf(work: Promise<unknown>): Promise<ProviderError> {
  const refused = await refusalOf(work);
  if (refused === null) throw new Error('was expected to be refused');
  return refused;
}

async function refusalOf(work: Promise<unknown>): Promise<ProviderError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  }
}

function isDone(inspection: Inspection): void {
  expect(inspection).toMatchObject({ operation: { status: 'done', error: null } });
}

type Verb = 'start' | 'stop' | 'restart' | 'destroy' | 'copy';
type Overrides = Partial<NewMachine> & { generation?: number; slot?: string };

export class SuiteBench {
  readonly test: ProviderUnderTest;
  private readonly made: string[] = [];

  constructor(test: ProviderUnderTest) {
    this.test = test;
  }

  get provider(): MachineProvider {
    return this.test.provider;
  }

  /** A machine to be made, under an id of its own. */
  order(overrides: Overrides = {}): NewMachine {
    const { generation = 1, slot = `suite-${this.made.length + 1}`, ...rest } = overrides;
    const machineId = `demo.${slot}.${generation}`;
    const { type } = this.provider;
    this.made.push(machineId);
    return {
      identity: { machineId, organization: 'acme', project: 'demo', slot, generation, type },
      services: [
        {
          name: this.test.service.name,
          command: ['node', 'server.mjs'],
          port: 8080,
          healthPath: '/healthz',
          restartBudget: { maxRestarts: 5, withinMs: 60_000 },
        },
      ],
      limits: { memoryMb: 256, cpus: 1, pids: 128 },
      versions: this.test.versions,
      bootstrap: 'bootstrap-token-of-suite',
      commandKeys: ['c'.repeat(43)],
      image: null,
      regions: [],
      onNoCapacity: 'next-region',
      restoreCopyId: null,
      ...rest,
    };
  }

  /** Asks until the answer fits. */
  async until(machineId: string, fits: (inspection: Inspection) => boolean): Promise<Inspection> {
    const limit = Date.now() + this.test.patienceMs;
    for (;;) {
      const inspection = await this.provider.inspect(machineId);
      if (fits(inspection)) return inspection;
      if (Date.now() > limit) throw new Error(`never came true; last: ${JSON.stringify(inspection)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits for the end of an action. */
  ended(machineId: string, sequence: number): Promise<Inspection> {
    return this.until(
      machineId,
      ({ operation }) => operation?.action.sequence === sequence && operation.status !== 'running',
    );
  }

  /** Makes a machine and gives its id. */
  async created(overrides: Overrides = {}): Promise<string> {
    const machine = this.order(overrides);
    const { machineId } = machine.identity;
    await this.provider.create(actionOf(machineId, 1), machine);
    isDone(await this.ended(machineId, 1));
    return machineId;
  }

  /** Has something done to a machine and waits for its end. */
  async act(verb: Verb, machineId: string, sequence: number): Promise<Inspection> {
    await this.provider[verb](actionOf(machineId, sequence), machineId);
    return this.ended(machineId, sequence);
  }

  /** Why nothing came of an action: refused at once, or told by its operation. */
  async reasonOf(work: Promise<void>, machineId: string, sequence: number): Promise<string | undefined> {
    const refused = await refusalOf(work);
    return refused?.code ?? (await this.ended(machineId, sequence)).operation?.error?.code;
  }

  /** Runs a command in a machine. */
  exec(machineId: string, command: string[], timeoutMs = 5000) {
    return this.provider.exec(machineId, { command, timeoutMs });
  }

  /** Writes a text to a file on a machine's disk. */
  async write(machineId: string, path: string, text: string): Promise<void> {
    const { exitCode, stderr } = await this.exec(machineId, ['sh', '-c', `printf %s ${text} > ${path}`]);
    if (exitCode !== 0) throw new Error(`${path} could not be written: ${stderr}`);
  }

  /** Removes every machine that was made. */
  async clear(): Promise<void> {
    for (const machineId of this.made) {
      const { operation } = await this.provider.inspect(machineId);
      await this.provider.destroy(actionOf(machineId, (operation?.action.sequence ?? 0) + 1), machineId);
    }
  }
}
