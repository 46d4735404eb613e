/** One run of one world: first faults, then healing, with everything that must hold checked after every event. */
import { Checker } from '../check/checker.ts';
import { Coverage } from '../check/coverage.ts';
import { Violation } from '../check/judgement.ts';
import { isAtRest, timeToHeal } from '../check/liveness.ts';
import { FaultInjector } from '../faults/inject.ts';
import { machineCount, type WorldSpec } from '../world/spec.ts';
import { NO_OPTIONS, T0, World, type WorldOptions } from '../world/world.ts';

/** How a run ended. */
export type RunResult = {
  events: number;
  machineHours: number;
  /** Equal for runs in which the same was decided at the same times. */
  fingerprint: number;
  /** How long after the end of all faults every slot was at rest, in ms. */
  healedAfterMs: number;
  /** What did not hold; `null` when everything did. */
  violation: { invariant: string; message: string; at: number } | null;
};

/** The fleet is looked at this often while it heals. */
const LOOK_EVERY_MS = 60_000;

/** A fleet that is at rest is watched for this much longer, so that what is left over shows. */
const REST_MS = 5 * 60_000;

/** More events than this at one moment never end: the largest worlds have 10,000 alarms at once. */
const MOST_AT_ONCE = 500_000;

/** Runs a world to its end, or until something does not hold. */
export function runWorld(
  spec: WorldSpec,
  coverage = new Coverage(),
  options: WorldOptions = NO_OPTIONS,
): RunResult {
  const checker = new Checker(coverage);
  const world = new World(spec, checker, options);
  checker.watch(world);
  const run = { healedAfterMs: 0, violation: null as RunResult['violation'] };
  try {
    run.healedAfterMs = live(spec, world, checker);
  } catch (error) {
    run.violation = violationOf(error, world);
  }
  const hours = (world.timeline.now - T0) / 3_600_000;
  const { events, fingerprint } = checker;
  return { ...run, events, fingerprint, machineHours: hours * machineCount(spec) };
}

function live(spec: WorldSpec, world: World, checker: Checker): number {
  const injector = new FaultInjector(world, spec.faults, (fault) => checker.faultBegun(fault));
  world.begin();
  pass(world, checker, T0 + spec.safetyMs);
  injector.heal();
  const healedAt = world.timeline.now;
  let latest = healedAt + timeToHeal(world);
  let restsAt = healedAt;
  while (world.timeline.now < latest) {
    pass(world, checker, Math.min(latest, world.timeline.now + LOOK_EVERY_MS));
    restsAt = world.timeline.now;
    // What the last faults made sick may be blamed on its versions only now; then it has to go back.
    latest = Math.max(latest, healedAt + timeToHeal(world));
    if (!isAtRest(world)) continue;
    // What is being sent has its time after the fleet has come to rest; and rest is what lasts.
    pass(world, checker, restsAt + REST_MS);
    if (isAtRest(world)) break;
  }
  checker.healed();
  return restsAt - healedAt;
}

function pass(world: World, checker: Checker, until: number): void {
  const { timeline } = world;
  let atOnce = 0;
  for (let at = timeline.nextAt(); at !== null && at <= until; at = timeline.nextAt()) {
    atOnce = at === timeline.now ? atOnce + 1 : 0;
    if (atOnce > MOST_AT_ONCE)
      throw new Violation('time goes on', `${MOST_AT_ONCE} events at the same time`, at - T0);
    timeline.advance();
    checker.eventHappened();
  }
  timeline.runUntil(until);
}

/** An error that is no violation is a bug of the core or of the world: it is told in the same way. */
function violationOf(error: unknown, world: World): RunResult['violation'] {
  if (error instanceof Violation) return { invariant: error.invariant, message: error.message, at: error.at };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { invariant: 'nothing throws', message, at: world.timeline.now - T0 };
}
