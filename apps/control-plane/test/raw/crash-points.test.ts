/**
 * Crash points in real workerd. A scenario is lived once to list its points: before and after every effect at the host,
 * every look and alarm, and every message, permit and order between objects, when it is told and when it is stored.
 * Then it is lived again for each point, and struck there; the short ones also for each pair of points.
 */
import { afterAll, describe, it, type ExpectStatic } from 'vitest';
import { atOnce } from './crash/at-once.ts';
import { everywhere, oneAfterTheOther, type Point } from './crash/crash-plan.ts';
import { live, type Blow } from './crash/life.ts';
import { SHORT, WHOLE_LADDER, type Scenario } from './crash/scenarios.ts';

/** Lives mostly wait: this many keep two cores busy. */
const inTurn = atOnce(10);
/** For a computer on which much else is going on. */
const timeout = 1_200_000;

/** Points of what has to be done once, whatever ends in the middle of it. */
const ONCE: Point['kind'][] = ['effect', 'handover'];
/** Points of what goes on all the time: a busy computer may do in one alarm what it else does in two. */
const ONGOING: Point['kind'][] = ['look', 'alarm'];

const counts = { points: 0, single: 0, pairs: 0, chains: 0 };
const missed = new Set<string>();

afterAll(() => {
  const { points, single, pairs, chains } = counts;
  console.log(
    `${points} crash points: ${single} lives with one crash, ${pairs} with a pair, ${chains} with one at every point;`,
    `${single + pairs + chains} runs`,
  );
  if (missed.size > 0) console.log(`points that did not come again: ${[...missed].join(', ')}`);
});

describe.concurrent.each([...SHORT, WHOLE_LADDER])('$name', { timeout }, (scenario) => {
  const isShort = SHORT.includes(scenario);
  const reference = once(() => inTurn(() => live(scenario, oneAfterTheOther([]), 'process')));
  const pointsOf = async (...kinds: Point['kind'][]) =>
    (await reference()).points.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));

  it('ends as it should when nothing crashes', async ({ expect }) => {
    const life = await reference();
    counts.points += life.points.length;
    expect(life.outcome).toEqual(scenario.end);
    expect(life.points.map(({ label }) => label)).toEqual(expect.arrayContaining(scenario.points));
  });

  it('ends the same when the process is killed at any point', async ({ expect }) => {
    const plans = (await pointsOf()).map((point) => [point]);
    counts.single += await endTheSame({ expect, scenario, plans, blow: 'process' });
  });

  it.runIf(isShort)('ends the same when one object ends at what is done once', async ({ expect }) => {
    const plans = (await pointsOf(...ONCE)).map((point) => [point]);
    counts.single += await endTheSame({ expect, scenario, plans, blow: 'object' });
  });

  it.runIf(isShort)(
    'ends the same when what an object decides is lost as it is stored',
    async ({ expect }) => {
      const plans = (await pointsOf(...ONCE, 'look')).map((point) => [point]);
      counts.single += await endTheSame({ expect, scenario, plans, blow: 'turn' });
    },
  );

  it.runIf(isShort)('ends the same when the process is killed at any two points', async ({ expect }) => {
    const points = await pointsOf(...ONCE);
    const plans = points.flatMap((first, index) => points.slice(index).map((second) => [first, second]));
    counts.pairs += await endTheSame({ expect, scenario, plans, blow: 'process' });
  });

  it.skipIf(isShort).for([ONCE, ONGOING])(
    'ends the same when it is killed at every %s',
    async (kinds, { expect }) => {
      const life = await inTurn(() => live(scenario, everywhere(kinds), 'process'));
      counts.chains += 1;
      expect(life.outcome).toEqual(scenario.end);
      const passed = life.points.filter(({ kind }) => kinds.includes(kind));
      expect(life.struck.toSorted()).toEqual(passed.map(({ label }) => label).toSorted());
      expect(life.struck.length).toBeGreaterThan(20);
    },
  );
});

/** Lives a scenario once for each plan, and expects the same end of each. Gives how many lives that were. */
async function endTheSame(lives: {
  expect: ExpectStatic;
  scenario: Scenario;
  plans: Point[][];
  blow: Blow;
}): Promise<number> {
  const { expect, scenario, plans, blow } = lives;
  await Promise.all(
    plans.map(async (plan) => {
      const labels = plan.map(({ label }) => label);
      const life = await inTurn(() => live(scenario, oneAfterTheOther(labels), blow));
      const which = `${scenario.name}, ${blow} at ${labels.join(' and ')}`;
      expect.soft(life.outcome, which).toEqual(scenario.end);
      expect.soft(life.survivors, which).toEqual([]);
      const left = plan.slice(life.struck.length);
      for (const { label } of left) missed.add(label);
      expect
        .soft(
          left.filter(({ kind }) => !ONGOING.includes(kind)),
          which,
        )
        .toEqual([]);
    }),
  );
  return plans.length;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => (result ??= work());
}
