/** What must be true of a pidnap at rest, whatever was done to it. */
import { isDeepStrictEqual } from 'node:util';
import type { ProcessView, RunView } from '../../src/contract/process.ts';
import { readProcessTable } from '../../src/shell/process-table.ts';
import { eventually } from '../pidnap-process.ts';
import type { Begun } from './children.ts';
import type { Machine } from './machine.ts';

/** Throws when something is wrong. `since` gives the number of ledger lines that an earlier process of a name wrote. */
export async function inspect(
  machine: Machine,
  views: readonly ProcessView[],
  since: ReadonlyMap<string, number>,
): Promise<void> {
  refuse(machine.children.violations());
  refuse(machine.witness.problems.join('\n'));
  const up = views.filter(({ state }) => state === 'running');
  const ledger = machine.children.ledger();
  for (const view of up) {
    const last = ledger.findLast(({ kind, name }) => kind === 'leader' && name === view.name);
    if (last?.pid !== view.pid || last.run !== view.runs)
      throw new Error(
        `${view.name} has pid ${view.pid} and run ${view.runs}, the last child said ${JSON.stringify(last)}`,
      );
  }
  refuse(repeatedRuns(ledger, since));
  // A process without a record may be found by the sweep, which comes a second later.
  let strays: unknown[] = [];
  await eventually(
    () => {
      const isKnown = (one: { name: string; run: number }): boolean =>
        up.some(({ name, runs }) => one.name === name && one.run === runs);
      strays = machine.marked().filter((one) => !isKnown(one));
      return strays.length === 0;
    },
    () => `nobody knows of these processes: ${JSON.stringify(strays)}`,
  );
  await eventually(
    () => readProcessTable().every(({ parent, zombie }) => parent !== machine.pid || !zombie),
    () => 'no zombie among the children of pidnap',
  );
  for (const view of views) checkHistory(view, await machine.client.history({ name: view.name, limit: 100 }));
  const shown = new Map(
    views.map(({ name, state, runs, health }) => [name, { state, runs, health: health.status }]),
  );
  await eventually(
    () => isDeepStrictEqual(shown, machine.witness.known),
    () => `the events tell of ${JSON.stringify([...machine.witness.known])}`,
  );
}

/**
 * What children said is in the log of their process, once and in order; of those that `seen` says nothing about maybe
 * not: what was read and not yet written is gone when pidnap is killed at that moment, what is in a pipe when it is killed
 * together with the child.
 */
export async function inspectLogs(
  machine: Machine,
  views: readonly ProcessView[],
  { since, seen }: { since: ReadonlyMap<string, number>; seen: ReadonlySet<number> },
): Promise<void> {
  const ledger = machine.children.ledger();
  for (const { name } of views) {
    const { lines } = await machine.client.logs({ name, tail: 10_000 });
    const said = lines.flatMap(({ stream, text }) =>
      stream === 'stdout' && text.startsWith('up:') ? [text] : [],
    );
    const lived = leadersOf(ledger, name, since).filter(({ pid }) => seen.has(pid));
    const missing = lived
      .map(({ run, pid }) => `up: run ${run} pid ${pid}`)
      .filter((line) => !said.includes(line));
    if (missing.length > 0 || new Set(said).size < said.length)
      throw new Error(`the log of ${name} lacks [${missing.join(', ')}]; it has ${said.join(', ')}`);
  }
}

function repeatedRuns(ledger: readonly Begun[], since: ReadonlyMap<string, number>): string {
  const names = new Set(ledger.map(({ name }) => name));
  return [...names]
    .flatMap((name) => {
      const runs = leadersOf(ledger, name, since).map(({ run }) => run);
      const isRising = runs.every((run, i) => i === 0 || run > (runs[i - 1] ?? 0));
      return isRising ? [] : [`run numbers of ${name} repeat: ${runs.join(' ')}`];
    })
    .join('\n');
}

function leadersOf(
  ledger: readonly Begun[],
  wanted: string,
  since: ReadonlyMap<string, number>,
): readonly Begun[] {
  return ledger
    .slice(since.get(wanted) ?? 0)
    .filter(({ kind, name }) => kind === 'leader' && name === wanted);
}

/** Newest first, every run once. */
function checkHistory(view: ProcessView, history: readonly RunView[]): void {
  const runs = history.map(({ run }) => run);
  const expected = Array.from(
    { length: Math.min(view.runs, Math.max(runs.length, 20)) },
    (_, i) => view.runs - i,
  );
  if (!isDeepStrictEqual(runs, expected))
    throw new Error(
      `the history of ${view.name} has the runs ${runs.join(' ')}, expected ${expected.join(' ')}`,
    );
}

function refuse(problem: string): void {
  if (problem !== '') throw new Error(problem);
}
