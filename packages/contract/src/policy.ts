import * as v from 'valibot';
import { DurationMs } from './ids.ts';
import { Level } from './recovery.ts';

const seconds = (count: number): number => count * 1000;
const minutes = (count: number): number => count * 60_000;
const hours = (count: number): number => count * 3_600_000;
const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));
const window = (max: number, withinMs: number) =>
  v.optional(
    v.strictObject({ max: v.optional(count(0), max), withinMs: v.optional(DurationMs, withinMs) }),
    {},
  );

/** One rung: how often it is tried and how long one try may take until the machine must be healthy. */
export const LadderRung = v.strictObject({
  level: Level,
  attempts: count(1),
  /** Longer than a cold start of the machine, or a level that would have worked is called a failure. */
  timeoutMs: v.pipe(DurationMs, v.minValue(1000)),
});
export type LadderRung = v.InferOutput<typeof LadderRung>;

/** Everything that is a matter of judgement, with the values we start from. All times in milliseconds. */
export const Policy = v.strictObject({
  /**
   * `shadow`: recovery is decided and recorded, and not carried out. What people ask for, copies and the filling of
   * slots go on.
   */
  mode: v.optional(v.picklist(['act', 'shadow']), 'act'),
  check: v.optional(
    v.strictObject({
      intervalMs: v.optional(v.pipe(DurationMs, v.minValue(500)), seconds(30)),
      /** Failed checks in a row that open an incident. */
      unhealthyAfter: v.optional(count(1), 3),
      /** Checks in a row in which the provider says that the machine is gone before it is believed. */
      goneAfter: v.optional(count(1), 2),
      /** Deadline of one outgoing question; never above 20 s, because a waiting object is billed. */
      callTimeoutMs: v.optional(v.pipe(DurationMs, v.minValue(100), v.maxValue(seconds(20))), seconds(5)),
      /** Ask each service's health path from outside at every check: the witness against a daemon that is wrong. */
      probeRoutes: v.optional(v.boolean(), true),
    }),
    {},
  ),
  report: v.optional(
    v.strictObject({
      everyMs: v.optional(v.pipe(DurationMs, v.minValue(500)), seconds(30)),
      /** Age from which a report counts as late: two missed ones and some slack. */
      lateAfterMs: v.optional(DurationMs, seconds(75)),
    }),
    {},
  ),
  grace: v.optional(
    v.strictObject({
      /** A service that started this recently is given time. */
      serviceStartMs: v.optional(DurationMs, minutes(1)),
      /** A machine that was created, started or restarted this recently is given time. */
      machineStartMs: v.optional(DurationMs, minutes(5)),
      /** After we ourselves were away, nothing is declared unhealthy for this long (Nomad gives 5 min after a new leader). */
      afterReturnMs: v.optional(DurationMs, minutes(5)),
    }),
    {},
  ),
  ladder: v.optional(v.pipe(v.array(LadderRung), v.minLength(1)), [
    { level: 1, attempts: 2, timeoutMs: minutes(2) },
    { level: 2, attempts: 1, timeoutMs: minutes(5) },
    { level: 3, attempts: 1, timeoutMs: minutes(5) },
    { level: 4, attempts: 1, timeoutMs: minutes(15) },
  ]),
  /** A level that worked must stay healthy for this long before its incident closes. */
  settleMs: v.optional(DurationMs, minutes(1)),
  /** A version set counts as working once it was healthy for this long without a failed check. */
  bakeMs: v.optional(DurationMs, minutes(5)),
  budgets: v.optional(
    v.strictObject({
      /** Restarts of one machine (level 3). */
      machineRestarts: window(3, minutes(30)),
      /** All recovery actions of one machine. */
      actions: window(7, hours(1)),
      /** Substitutions of one slot; a replacement that never got healthy counts. */
      substitutions: window(3, hours(24)),
      /** Disruptive actions (levels 2 to 4) of the whole project. */
      projectActions: window(30, hours(1)),
      /** Disruptive actions on the machines of one host, within the project. */
      hostActions: window(10, hours(1)),
      /** What substitutions may cost in the currency of `costs`; 0 when money does not matter. */
      cost: v.optional(
        v.strictObject({
          max: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
          withinMs: v.optional(DurationMs, hours(24)),
        }),
        {},
      ),
    }),
    {},
  ),
  costs: v.optional(
    v.strictObject({
      /** Price of one machine for one hour, in a currency of your own. */
      machineHour: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
    }),
    {},
  ),
  /** Keeps the project from acting on many machines at once. Levels 2 to 4 need its permit. */
  stormGuard: v.optional(
    v.strictObject({
      /** Above this share of sick machines nothing disruptive is done: it is probably us. */
      maxSickShare: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.4),
      /** So many sick machines are always allowed, or a small fleet could never be repaired. */
      alwaysAllowSick: v.optional(count(0), 2),
      /** Share of machines with a disruptive action in flight; at least one. */
      maxConcurrentShare: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.1),
      /** Machines of one host with a disruptive action in flight. */
      maxConcurrentPerHost: v.optional(count(1), 2),
      /** Above this share of machines that are said to be gone, and at least two, the listing is doubted instead. */
      maxGoneShare: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.25),
      /** A permit lapses after this long. */
      permitMs: v.optional(v.pipe(DurationMs, v.minValue(1000)), minutes(10)),
    }),
    {},
  ),
  /** How a change of versions goes through a project. */
  rollout: v.optional(
    v.strictObject({
      /** Machines of the first wave. */
      firstWave: v.optional(count(1), 1),
      /** Each wave is so many times as large as the one before. */
      growth: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(100)), 2),
      /** A wave is good once all of it was healthy for this long. */
      bakeMs: v.optional(DurationMs, minutes(5)),
      /** A wave that is not good by then has hurt. */
      waveTimeoutMs: v.optional(v.pipe(DurationMs, v.minValue(1000)), minutes(20)),
    }),
    {},
  ),
  /** When versions are to blame, and not the machines that run them. */
  blame: v.optional(
    v.strictObject({
      /** So many machines that got sick soon after they had come to it, */
      machines: v.optional(count(2), 3),
      /** or this share of those that run it, and at least two. */
      share: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.2),
      /** How soon after the arrival counts. */
      withinMs: v.optional(DurationMs, minutes(15)),
    }),
    {},
  ),
  /** What is kept of a machine before something destructive is done to it (levels 2 to 4). */
  evidence: v.optional(
    v.strictObject({
      mode: v.optional(v.picklist(['collect', 'off']), 'collect'),
      /** Recovery waits for it no longer than this; below 20 s, because a waiting object is billed. */
      timeoutMs: v.optional(v.pipe(DurationMs, v.minValue(1000), v.maxValue(seconds(20))), seconds(15)),
    }),
    {},
  ),
  /** What to do when a provider has no room for a new machine. */
  capacity: v.optional(
    v.strictObject({
      /** `next-region`: the template's next region at once; `wait`: the same one again, later. */
      onNone: v.optional(v.picklist(['next-region', 'wait']), 'next-region'),
    }),
    {},
  ),
  copies: v.optional(
    v.strictObject({
      /** How often the data of a healthy machine is copied: the most that a substitution can lose. */
      everyMs: v.optional(v.pipe(DurationMs, v.minValue(1000)), minutes(5)),
      /** A copy that is older than this is told to people before its machine is given up. */
      oldAfterMs: v.optional(DurationMs, minutes(15)),
    }),
    {},
  ),
  /** How long a replaced machine is kept, fenced, before it is cleaned up. */
  retainReplacedMs: v.optional(DurationMs, hours(4)),
  history: v.optional(
    v.strictObject({
      snapshots: v.optional(v.pipe(count(10), v.maxValue(100_000)), 2880),
      events: v.optional(v.pipe(count(10), v.maxValue(100_000)), 2000),
      incidents: v.optional(v.pipe(count(1), v.maxValue(10_000)), 200),
    }),
    {},
  ),
});
/** A policy with every value filled in. */
export type Policy = v.InferOutput<typeof Policy>;
/** A policy as somebody writes it: what is left out takes its default. */
export type PolicyInput = v.InferInput<typeof Policy>;
