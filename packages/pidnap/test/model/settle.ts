/** Waits until nothing moves, and compares what pidnap shows with what the model expects. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessView } from '../../src/contract/process.ts';
import { digestOf, lookUp } from './catalogue.ts';
import type { Machine } from './machine.ts';
import { settledWorlds } from './moves.ts';
import type { Proc, World } from './world.ts';

const DEADLINE_MS = 30_000;
const LOOK_MS = 12;

/** At rest: what pidnap shows, and the worlds that fit it. */
export interface Rest {
  readonly worlds: World[];
  readonly views: ProcessView[];
}

/** Throws, with both sides, when pidnap does not come to rest in one of the worlds that these lead to. */
export async function settle(machine: Machine, worlds: readonly World[]): Promise<Rest> {
  const expected = new Map<string, World[]>();
  for (const world of settledWorlds(worlds)) {
    const shown = expectation(world, machine.children.folder);
    expected.set(shown, [...(expected.get(shown) ?? []), world]);
  }
  const deadline = Date.now() + DEADLINE_MS;
  let before = '';
  for (;;) {
    const views = await machine.client.list(undefined, { signal: AbortSignal.timeout(DEADLINE_MS) });
    const shown = observation(views);
    const fitting = expected.get(shown);
    // Twice the same: what is on its way to somewhere else does not stay.
    if (fitting && before === shown && isReady(machine, views)) return { worlds: fitting, views };
    before = fitting ? shown : '';
    if (Date.now() > deadline) throw new Error(difference(shown, [...expected.keys()]));
    await delay(LOOK_MS);
  }
}

/** Every child that is up has got as far as to take orders. */
function isReady(machine: Machine, views: readonly ProcessView[]): boolean {
  const ledger = machine.children.ledger();
  return views.every(
    ({ state, pid }) => state !== 'running' || ledger.some((one) => one.kind === 'leader' && one.pid === pid),
  );
}

function expectation({ procs }: World, folder: string): string {
  const lines = Object.entries(procs).map(([name, proc]) => {
    const { desired, runs, restarts, exit, source, variant } = proc;
    const health = proc.phase === 'up' && lookUp(name, variant).health !== 'none' ? 'healthy' : 'unknown';
    const state = stateOf(proc);
    return line({
      name,
      state,
      desired,
      runs,
      restarts,
      exit,
      source,
      health,
      digest: digestOf(name, variant, folder),
    });
  });
  return lines.toSorted().join('\n');
}

function stateOf({ phase }: Proc): string {
  if (phase === 'up') return 'running';
  return phase === 'waiting' ? 'blocked' : phase;
}

function observation(views: readonly ProcessView[]): string {
  const lines = views.map((view) => {
    const exit = view.signal ?? (view.exitCode === null ? 'none' : `code ${view.exitCode}`);
    // Without a check, and without a run, nothing is said about health.
    const health = view.health.status;
    return line({ ...view, exit, health, digest: view.definitionDigest });
  });
  return lines.toSorted().join('\n');
}

function line(of: {
  name: string;
  state: string;
  desired: string;
  runs: number;
  restarts: number;
  exit: string;
  source: string;
  health: string;
  digest: string;
}): string {
  const { name, state, desired, runs, restarts, exit, source, health, digest } = of;
  return `${name}: ${state}, wanted ${desired}, ${runs} runs, ${restarts} restarts, exit ${exit}, ${health}, by ${source}, ${digest.slice(0, 8)}`;
}

function difference(shown: string, expected: readonly string[]): string {
  const choices = expected.slice(0, 4).map((one) => onlyIn(one, shown));
  return [
    `pidnap does not come to rest as expected (${expected.length} ways).`,
    'It shows:',
    onlyIn(shown, expected[0] ?? ''),
    ...choices.map((choice, i) => `Expected${i > 0 ? ', or' : ''}:\n${choice}`),
  ].join('\n');
}

/** The lines that the other one does not have. */
function onlyIn(one: string, other: string): string {
  const others = new Set(other.split('\n'));
  return one
    .split('\n')
    .filter((text) => !others.has(text))
    .map((text) => `  ${text}`)
    .join('\n');
}
