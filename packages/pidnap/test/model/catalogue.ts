import { join } from 'node:path';
import * as v from 'valibot';
import { ProcessDefinition, type ProcessDefinitionInput } from '../../src/contract/definition.ts';
import { definitionDigest } from '../../src/shell/definition-digest.ts';

/** What a child does by itself: waits for orders, ends at once, ignores SIGTERM; or there is no such program. */
export type Behaviour = 'waits' | 'quick0' | 'quick1' | 'stubborn' | 'missing';

interface Edge {
  readonly process: string;
  readonly condition: 'started' | 'healthy' | 'completed';
  readonly whenLost?: 'restart';
  readonly whenFailed?: 'fail';
}

/** A definition as the model knows it. */
export interface Variant {
  readonly behaviour: Behaviour;
  readonly restart: 'always' | 'unless-stopped' | 'on-failure' | 'on-success' | 'never';
  readonly dependsOn: readonly Edge[];
  /** Automatic restarts before it is given up. */
  readonly budget: number;
  readonly autostart: boolean;
  /** `line`: healthy for good once it said so. `file`: as long as its file says so. */
  readonly health: 'none' | 'line' | 'file';
  readonly scheduled: boolean;
  /** Part of its environment: another one takes a new run. */
  readonly mood: string;
}

function variant(some: Partial<Variant> = {}): Variant {
  return {
    behaviour: 'waits',
    restart: 'always',
    dependsOn: [],
    budget: 3,
    autostart: true,
    health: 'none',
    scheduled: false,
    mood: '',
    ...some,
  };
}

const onDb: Edge = { process: 'db', condition: 'healthy', whenLost: 'restart' };
const job = variant({ scheduled: true, restart: 'never' });

/** The definitions each process may have; dependencies go from right to left: db, task, web, extra. */
const CATALOGUE = {
  db: [
    variant({ health: 'line' }),
    variant({ health: 'file' }),
    variant({ restart: 'unless-stopped' }),
    variant({ behaviour: 'stubborn', budget: 1 }),
  ],
  task: [
    variant({ restart: 'never' }),
    variant({ restart: 'never', behaviour: 'quick0' }),
    variant({ restart: 'never', behaviour: 'quick1' }),
    variant({ restart: 'never', dependsOn: [{ process: 'db', condition: 'healthy', whenFailed: 'fail' }] }),
  ],
  web: [
    variant({ restart: 'unless-stopped', dependsOn: [onDb] }),
    variant({ restart: 'unless-stopped', dependsOn: [{ ...onDb, whenFailed: 'fail' }] }),
    variant({ restart: 'on-failure', dependsOn: [{ process: 'task', condition: 'completed' }] }),
    variant({ autostart: false }),
  ],
  job: [
    variant({ restart: 'on-failure', dependsOn: [{ process: 'db', condition: 'started' }] }),
    variant({ restart: 'on-success' }),
    variant({ restart: 'always', behaviour: 'missing', budget: 2 }),
    variant({ restart: 'on-failure', behaviour: 'quick1', budget: 2 }),
  ],
  cron: [job, { ...job, behaviour: 'quick0' }, { ...job, behaviour: 'stubborn' }, { ...job, mood: 'other' }],
  extra: [
    variant({ restart: 'never' }),
    variant({ restart: 'never', behaviour: 'quick1' }),
    variant({ dependsOn: [{ process: 'web', condition: 'started', whenLost: 'restart' }] }),
    variant({ behaviour: 'quick0', budget: 1 }),
  ],
} as const satisfies Record<string, readonly Variant[]>;

/** Processes of the first config file; `extra` only ever comes through the API. */
export const FIRST_FILE: Readonly<Record<string, number>> = { db: 0, task: 0, web: 0, job: 0, cron: 0 };
export const NAMES = Object.keys(CATALOGUE);
export const VARIANTS = 4;

export function lookUp(name: string, index: number): Variant {
  const found = (CATALOGUE as Record<string, readonly Variant[]>)[name]?.[index];
  if (!found) throw new Error(`the catalogue has no variant ${index} of ${name}`);
  return found;
}

/** Another command or environment. */
export function needsNewRun(name: string, a: number, b: number): boolean {
  const [one, other] = [lookUp(name, a), lookUp(name, b)];
  return one.behaviour !== other.behaviour || one.mood !== other.mood;
}

/** Everything that something depends on is there. */
export function isGraph(variants: Readonly<Record<string, number>>): boolean {
  return Object.entries(variants).every(([name, index]) =>
    lookUp(name, index).dependsOn.every(({ process }) => Object.hasOwn(variants, process)),
  );
}

/** The definition as pidnap gets it. `folder` is where the children of one test meet. */
export function definitionOf(name: string, index: number, folder: string): ProcessDefinitionInput {
  const { behaviour, restart, dependsOn, budget, autostart, health, scheduled, mood } = lookUp(name, index);
  const program = behaviour === 'missing' ? '/nowhere/program' : join(import.meta.dirname, 'child.sh');
  return {
    command: behaviour === 'missing' ? [program] : ['sh', program, folder, behaviour],
    cwd: folder,
    env: { MOOD: mood },
    restart,
    dependsOn: [...dependsOn],
    autostart,
    backoff: { kind: 'constant', initialMs: 20, jitter: 0 },
    budget: { maxRestarts: budget, withinMs: 3_600_000 },
    // No run of a test is ever long enough to clear what was counted.
    minUptimeMs: 3_600_000,
    stop: { graceMs: behaviour === 'stubborn' ? 150 : 10_000 },
    ...healthCheck(health, join(folder, `${name}.well`)),
    // Never due while a test runs, unless that is in the first second of a year.
    ...(scheduled && { schedule: { cron: '0 0 0 1 1 *' } }),
  };
}

function healthCheck(kind: Variant['health'], file: string): Pick<ProcessDefinitionInput, 'health'> {
  if (kind === 'line') return { health: { kind: 'log', pattern: '^up: run' } };
  const timing = { intervalMs: 60, startIntervalMs: 30, retries: 1 };
  return kind === 'file' ? { health: { kind: 'command', command: ['test', '-s', file], ...timing } } : {};
}

export function digestOf(name: string, index: number, folder: string): string {
  return definitionDigest(v.parse(ProcessDefinition, definitionOf(name, index, folder)));
}
