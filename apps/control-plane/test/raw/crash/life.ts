import { isDeepStrictEqual } from 'node:util';
import { applyProject, eventually, startControlPlane, type ControlPlane } from '../control-plane.ts';
import type { Ending } from '../watched-worker.ts';
import { CrashPlan, type Plan, type Point } from './crash-plan.ts';
import { OLD, outcomeOf, recordsOf, type Outcome } from './outcome.ts';
import type { Scenario } from './scenarios.ts';

/**
 * What ends at a crash point.
 * `process`: workerd, by SIGKILL. Every object dies, and only what is on the disk comes back.
 * `object`: the one object that is at the point. The others live on and see their calls fail, and workerd repeats the
 * alarm that ended with it; about the disk this says nothing.
 * `turn`: the same object, in the turn in which it next stores something: nothing of that turn may be left.
 */
export type Blow = 'process' | 'object' | 'turn';

export type Life = {
  /** The points that it came past, from the trouble on. */
  points: Point[];
  /** Labels of the points at which it was struck. */
  struck: readonly string[];
  /** How it ended; the same as the scenario's `end` when all is well. */
  outcome: Outcome | null;
  /** Instances that should have ended and live. */
  survivors: string[];
};

/** As long as a life may take, however busy the computer is. */
const LIMIT_MS = 300_000;
/** How long a life that has come to its end may go on until its plan is done. */
const SPARE_MS = 5000;

/** Lives a scenario in a workerd of its own, and strikes it at the points of `plan`. */
export async function live(scenario: Scenario, plan: Plan, blow: Blow): Promise<Life> {
  const plane = await startControlPlane('watched');
  try {
    await applyProject(plane, scenario.policy);
    const { provider } = plane.host;
    // A machine is copied when it is healthy.
    await eventually(
      () => provider.copies(OLD).length,
      (copies) => copies > 0,
      LIMIT_MS,
    );
    provider.machine(OLD)?.data.set('note', 'precious');
    const crashes = new CrashPlan(plan);
    const { begin, doomed } = strikeBy(plane, crashes, blow);
    await scenario.trouble(plane);
    begin();
    const { outcome, survivors } = await lastSeen(plane, { crashes, doomed, end: scenario.end });
    return { points: crashes.seen, struck: crashes.struck, outcome, survivors };
  } finally {
    await plane.close();
  }
}

/** Has a plan carried out. Nothing passes a point before `begin` is called. */
function strikeBy(plane: ControlPlane, crashes: CrashPlan, blow: Blow) {
  const begun = Promise.withResolvers<void>();
  const doomed: string[] = [];
  /** False: the connection is to be broken, because whoever asked is dead. */
  const passes = async (isStruck: () => boolean, object: string): Promise<boolean> => {
    await begun.promise;
    if (!isStruck()) return true;
    if (blow === 'process') await plane.crash();
    else doomed.push(await endObject(plane, object, blow === 'object' ? 'now' : 'as-it-stores'));
    return blow === 'turn';
  };
  plane.onCrashPoint = (point) => passes(() => crashes.atWitness(point), point.object);
  plane.host.gate = {
    before: (arrival) => passes(() => crashes.before(arrival), arrival.machineId),
    after: (arrival) => passes(() => crashes.after(arrival), arrival.machineId),
  };
  return { begin: begun.resolve, doomed };
}

async function endObject(plane: ControlPlane, name: string, ending: Ending): Promise<string> {
  const query = new URLSearchParams({ name, ending });
  const answer = await fetch(`${plane.workerd.url}/witness/end?${query}`);
  if (!answer.ok) throw new Error(`The witness answered ${answer.status}: ${await answer.text()}`);
  return answer.text();
}

/**
 * Waits until a life has come to the end that is expected, and all have ended that should; then a while for what is left
 * of its plan. Gives what was seen last, whether it came to that or not.
 */
async function lastSeen(
  plane: ControlPlane,
  { crashes, doomed, end }: { crashes: CrashPlan; doomed: readonly string[]; end: Outcome },
): Promise<Pick<Life, 'outcome' | 'survivors'>> {
  let last: Pick<Life, 'outcome' | 'survivors'> = { outcome: null, survivors: [] };
  let goodSince = Infinity;
  const look = async () => {
    const records = await recordsOf(plane);
    const outcome = await outcomeOf(plane, records);
    last = { outcome, survivors: records.instances.filter((instance) => doomed.includes(instance)) };
    if (!isDeepStrictEqual(outcome, end) || last.survivors.length > 0) return false;
    goodSince = Math.min(goodSince, Date.now());
    return crashes.isDone || Date.now() - goodSince > SPARE_MS;
  };
  try {
    await eventually(look, (isOver) => isOver, LIMIT_MS, 250);
  } catch (error) {
    // Whoever asked compares what was seen with the end that did not come.
    if (last.outcome === null) throw error;
  }
  return last;
}
