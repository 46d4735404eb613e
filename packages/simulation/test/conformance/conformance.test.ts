import { beforeAll, describe, expect, it } from 'vitest';
import { runSimulated } from './in-simulation.ts';
import { runInWorkerd } from './in-workerd.ts';
import { isDeadly, type Script } from './script.ts';
import { alarmTimes } from './scripts/alarm-times.ts';
import { constructors } from './scripts/constructors.ts';
import { kills } from './scripts/kills.ts';
import { retries } from './scripts/retries.ts';
import { turns } from './scripts/turns.ts';
import { folded, timeDifference, withoutLives, type Note } from './trace.ts';

/** The longest script waits for all retries of an alarm: 126 s, and up to a quarter more of jitter. */
const LONGEST_MS = 220_000;

const groups = { alarmTimes, retries, constructors, turns, kills };
const scripts: readonly Script[] = Object.values(groups).flat();
const traces = new Map<Script, Promise<Note[]>>();

// All scripts at once: they only wait, and a test of its own says of each what became of it.
beforeAll(async () => {
  const peaceful = scripts.filter((script) => !isDeadly(script));
  const deadly = scripts.filter(isDeadly);
  const workerds = [peaceful, ...deadly.map((script) => [script])];
  await Promise.all(
    workerds.map(async (together) => {
      const runs = await runInWorkerd(together);
      for (const [index, run] of runs.entries()) {
        // Its test asks for it later.
        run.catch(() => undefined);
        traces.set(together[index] as Script, run);
      }
    }),
  );
}, 60_000);

describe.each(Object.entries(groups))('the simulated runtime is like workerd: %s', (_, group) => {
  it.each(group)('$name', { timeout: LONGEST_MS }, async (script) => {
    const simulated = comparable(script, runSimulated(script));
    const real = comparable(script, (await traces.get(script)) ?? []);
    expect(simulated.map(({ what }) => what)).toEqual(real.map(({ what }) => what));
    const differences = simulated.map((note, index) => timeDifference(note, real[index] as Note));
    expect(differences.filter((difference) => difference !== null)).toEqual([]);
  });
});

function comparable(script: Script, trace: readonly Note[]): readonly Note[] {
  const notes = script.livesVary === true ? withoutLives(trace) : trace;
  return script.folded === true ? folded(notes) : notes;
}
