import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OpenBench } from '../define-suite.ts';
import type { Run } from '../suite.ts';
import type { WorkerdOptions } from '../workerd.ts';

/** Keys for a control plane that nobody else sees. */
export const TEXTS = {
  FETTLE_STAGE: 'benchmark',
  FETTLE_COMMAND_KEY: 'benchmark-command-key-0123456789abcdef',
  FETTLE_TOKEN_KEY: 'benchmark-token-key-0123456789abcdef',
  FETTLE_MACHINE_KEY: 'benchmark-machine-key-0123456789abcdef',
  FETTLE_OPERATOR_TOKEN: 'benchmark-operator',
  FETTLE_HOST_TOKEN: 'test-host-token',
};

/** What every metric needs. */
export type Bench = {
  say: (line: string) => void;
  /** How to run one or both of the workers, `bare` and `machines`, on a host. */
  workerd: (workers: readonly ('bare' | 'machines')[], hostUrl: string) => WorkerdOptions;
  /** Ends a process now. */
  kill: () => Promise<void>;
};

const OBJECTS = {
  bare: { BARE: 'Bare' },
  machines: {
    MACHINES: 'LocalDockerMachine',
    DAYTONA_MACHINES: 'DaytonaMachine',
    FLY_MACHINES: 'FlyMachine',
    PROJECTS: 'Project',
    DIRECTORY: 'Directory',
    OPERATORS: 'Operators',
  },
};

/** Opens the bench. One workerd lives at a time. */
export async function openBench({ say }: Pick<Run, 'say'>): Promise<OpenBench<Bench>> {
  if (process.platform !== 'linux') throw new Error('processor time is read from /proc: this needs Linux');
  const scratch = mkdtempSync(path.join(tmpdir(), 'fettle-bench-'));
  let running: ChildProcess | null = null;
  const bench: Bench = {
    say,
    workerd: (workers, hostUrl) => ({
      folder: mkdtempSync(path.join(scratch, 'workerd-')),
      workers: Object.fromEntries(
        workers.map((name) => [name, path.join(import.meta.dirname, 'workers', `${name}.ts`)]),
      ),
      objects: OBJECTS,
      texts: { ...TEXTS, FETTLE_HOST_URL: hostUrl },
      spawned: (child) => void (running = child),
    }),
    async kill() {
      const child = running;
      running = null;
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      child.kill('SIGKILL');
      await gone;
    },
  };
  return {
    bench,
    tearDown() {
      running?.kill('SIGKILL');
      rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
