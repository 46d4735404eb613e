import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSimulated } from './in-simulation.ts';
import { runInWorkerd, type Performance } from './in-workerd.ts';
import { randomScripts } from './random-scripts.ts';
import { isDeadly, type Script } from './script.ts';
import { alarmTimes } from './scripts/alarm-times.ts';
import { constructors } from './scripts/constructors.ts';
import { kills } from './scripts/kills.ts';
import { retries } from './scripts/retries.ts';
import { turns } from './scripts/turns.ts';
import { isSteady } from './steady.ts';
import { comparable, timeDifference, type Note } from './trace.ts';

/** As long as a script may take, and some slack. */
const LONGEST_MS = 220_000;

/** They cost a second of CPU, and no time beside the longest script. */
const RANDOM_SCRIPTS = 40;

const groups = { alarmTimes, retries, constructors, turns, kills, random: randomScripts(1, RANDOM_SCRIPTS) };
const scripts: readonly Script[] = Object.values(groups).flat();
const traces = new Map<Script, Promise<Note[]>>();
const performances: Performance[] = [];

// All scripts at once: they only wait, and a test of its own says of each what became of it.
beforeAll(async () => {
  const together = scripts.filter((script) => !isDeadly(script));
  const alone = scripts.filter(isDeadly).map((script) => [script]);
  await Promise.all(
    [together, ...alone].map(async (group) => {
      const performance = await runInWorkerd(group);
      performances.push(performance);
      for (const [index, trace] of performance.traces.entries()) {
        // Its own test asks for it, and for its failure.
        trace.catch(() => undefined);
        traces.set(group[index] as Script, trace);
      }
    }),
  );
}, 60_000);

afterAll(() => Promise.all(performances.map((performance) => performance.close())));

it.each(scripts.filter((script) => script.folded !== true))(
  'no delay of a busy computer decides: $name',
  (script) => expect(isSteady(script)).toBe(true),
);

describe.each(Object.entries(groups))('the simulated runtime is like workerd: %s', (_, group) => {
  it.each(group)('$name', { timeout: LONGEST_MS }, async (script) => {
    const simulated = comparable(script, runSimulated(script));
    const real = comparable(script, (await traces.get(script)) ?? []);
    expect(simulated.map(({ what }) => what)).toEqual(real.map(({ what }) => what));
    // How long the repeats take is a matter of luck as well.
    if (script.folded === true) return;
    const differences = simulated.map((note, index) => timeDifference(note, real[index] as Note));
    expect(differences.filter((difference) => difference !== null)).toEqual([]);
  });
});
