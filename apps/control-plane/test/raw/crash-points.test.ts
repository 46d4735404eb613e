/**
 * Crash points in real workerd. A scenario is lived once to list its points: before and after every effect at the host,
 * every look and alarm, and every message, permit and order between objects, when it is told and when it is stored.
 * Then it is lived again for each point, and struck there; the short ones also for each pair of points.
 */
import { afterAll, describe, it, type ExpectStatic } from 'vitest';
import { atOnce } from './crash/at-once.ts';
import { everywhere, oneAfterTheOther, type Point } from './crash/crash-plan.ts';
import { live, type Blow, type Life } from './crash/life.ts';
import { EVIDENCE, ROLLOUT, SHORT, WHOLE_LADDER, type Scenario } from './crash/scenarios.ts';

/** Lives mostly wait: this many keep two cores busy. */
const inTurn = atOnce(10);
/** For a computer on which much else is going on. */
const timeout = 1_200_000;

/** Points of what has to be done once, whatever ends in the middle of it. */
const ONCE: Point['kind'][] = ['effect', 'handover'];
/** Points of what goes on all the time: a busy computer may do in one alarm what it else does in two. */
const ONGOING: Point['kind'][] = ['look', 'alarm'];

const lives = new Map<Scenario, Promise<Life>>();
const counts = { points: 0, single: 0, pairs: 0, chains: 0 };
/** Plans of which a point did not come. */
const missed: string[] = [];

afterAll(() => {
  const { points, single, pairs, chains } = counts;
  console.log(
    `${points} crash points: ${single} lives with one crash, ${pairs} with a pair, ${chains} with one at every point;`,
    `${single + pairs + chains} runs`,
  );
  if (missed.length > 0)
    console.log(`of these, did not come to every point of their plan:\n${missed.join('\n')}`);
});

describe.concurrent.each([...SHORT, WHOLE_LADDER])('$name', { timeout }, (scenario) => {
  it('ends as it should when nothing crashes', ({ expect }) => endsWell(expect, scenario));

  it('ends the same when the process is killed at any point', async ({ expect }) => {
    const { points } = await undisturbed(scenario);
    const plans = points.map((point) => [point]);
    await endTheSame({ expect, scenario, plans, blow: 'process' });
  });
});

describe.concurrent.each(SHORT)('$name', { timeout }, (scenario) => {
  it('ends the same when one object ends at what is done once', async ({ expect }) => {
    const plans = (await pointsOf(scenario, ONCE)).map((point) => [point]);
    await endTheSame({ expect, scenario, plans, blow: 'object' });
  });

  it('ends the same when what an object decides is lost as it is stored', async ({ expect }) => {
    const plans = (await pointsOf(scenario, [...ONCE, 'look'])).map((point) => [point]);
    await endTheSame({ expect, scenario, plans, blow: 'turn' });
  });

  it('ends the same when the process is killed at any two points of what is done once', async ({
    expect,
  }) => {
    const points = await pointsOf(scenario, ONCE);
    const plans = points.flatMap((first, index) => points.slice(index).map((second) => [first, second]));
    const undone = await endTheSame({ expect, scenario, plans, blow: 'process' });
    expect(undone).toBeLessThan(plans.length / 5);
  });
});

describe.concurrent.each([EVIDENCE, ROLLOUT])('$name', { timeout }, (scenario) => {
  it('ends as it should when nothing crashes', ({ expect }) => endsWell(expect, scenario));

  it.for(['process', 'object'] as const)(
    'ends the same when a %s ends at what is done once',
    async (blow, { expect }) => {
      const plans = (await pointsOf(scenario, ONCE)).map((point) => [point]);
      await endTheSame({ expect, scenario, plans, blow });
    },
  );
});

describe.concurrent(WHOLE_LADDER.name, { timeout }, () => {
  it.for([
    { kinds: ONCE, what: 'effect and hand-over' },
    { kinds: ONGOING, what: 'look and alarm' },
  ])('ends the same when it is killed at every $what of one life', async ({ kinds }, { expect }) => {
    const life = await inTurn(() => live(WHOLE_LADDER, everywhere(kinds), 'process'));
    counts.chains += 1;
    expect(life.outcome).toEqual(WHOLE_LADDER.end);
    expect(life.struck.length).toBeGreaterThan(20);
  });
});

async function endsWell(expect: ExpectStatic, scenario: Scenario): Promise<void> {
  const { outcome, points } = await undisturbed(scenario);
  counts.points += points.length;
  expect(outcome).toEqual(scenario.end);
  expect(points.map(({ label }) => label)).toEqual(expect.arrayContaining(scenario.points));
}

/** The life of a scenario in which nothing crashes; it is lived once. */
function undisturbed(scenario: Scenario): Promise<Life> {
  const life = lives.get(scenario) ?? inTurn(() => live(scenario, oneAfterTheOther([]), 'process'));
  lives.set(scenario, life);
  return life;
}

async function pointsOf(scenario: Scenario, kinds: Point['kind'][]): Promise<Point[]> {
  const { points } = await undisturbed(scenario);
  return points.filter(({ kind }) => kinds.includes(kind));
}

/**
 * Lives a scenario once for each plan, and expects the same end of each. Two machines do not wait for each other, so that
 * of a pair the second point may be over when the first one comes. Gives the number of plans of which a point did not come.
 */
async function endTheSame(struck: {
  expect: ExpectStatic;
  scenario: Scenario;
  plans: Point[][];
  blow: Blow;
}): Promise<number> {
  const { expect, scenario, plans, blow } = struck;
  let undone = 0;
  await Promise.all(
    plans.map(async (plan) => {
      const labels = plan.map(({ label }) => label);
      const life = await inTurn(() => live(scenario, oneAfterTheOther(labels), blow));
      counts[plan.length === 1 ? 'single' : 'pairs'] += 1;
      const which = `${scenario.name}, ${blow} at ${labels.join(' and ')}`;
      expect.soft(life.outcome, which).toEqual(scenario.end);
      expect.soft(life.survivors, which).toEqual([]);
      const next = plan[life.struck.length];
      if (next === undefined) return;
      undone += 1;
      missed.push(which);
      expect.soft(plan.length > 1 || ONGOING.includes(next.kind), `${which} was not come past`).toBe(true);
    }),
  );
  return undone;
}
