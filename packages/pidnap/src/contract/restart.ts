import * as v from 'valibot';
import { SignalName, milliseconds, numberWithin, wholeNumber } from './primitives.ts';

/**
 * When a process that ended by itself is started again.
 * `always` and `unless-stopped`: whatever the exit; they differ when pidnap itself restarts: a process that somebody
 * stopped is started again under `always` and stays stopped under `unless-stopped`.
 * `on-failure`: non-zero exit or death by signal. `on-success`: exit 0. `never`: a task, runs once.
 */
export const RestartPolicy = v.picklist(
  ['always', 'on-failure', 'on-success', 'unless-stopped', 'never'],
  'one of "always", "on-failure", "on-success", "unless-stopped", "never"',
);
export type RestartPolicy = v.InferOutput<typeof RestartPolicy>;

/**
 * Delay before automatic restart number n (from 0) in a row. `constant`: `initialMs`. `linear`: `initialMs * (n + 1)`.
 * `exponential`: `initialMs * factor^n`. At most `maxMs`, then spread by `jitter` (a share, 0.1 = +-10 %).
 */
export const Backoff = v.strictObject(
  {
    kind: v.optional(
      v.picklist(['constant', 'linear', 'exponential'], 'one of "constant", "linear", "exponential"'),
      'exponential',
    ),
    initialMs: v.optional(milliseconds(), 1000),
    factor: v.optional(numberWithin({ min: 1, max: 10 }), 2),
    maxMs: v.optional(milliseconds(), 10_000),
    jitter: v.optional(numberWithin({ min: 0, max: 1, what: 'a share' }), 0.1),
  },
  'an object with kind, initialMs, factor, maxMs, jitter',
);

/**
 * Crash-loop detection: after `restarts` automatic restarts within `withinMs`, each further one waits `holdMs` instead of
 * the back-off, until a run is stable (see `minUptimeMs`) or somebody starts it anew. Slows a hopeless process down
 * without giving it up.
 */
export const CrashLoop = v.strictObject(
  {
    restarts: v.optional(wholeNumber({ min: 0, max: 1000 }), 3),
    withinMs: v.optional(milliseconds({ min: 1 }), 30_000),
    holdMs: v.optional(milliseconds(), 60_000),
  },
  'an object with restarts, withinMs, holdMs',
);

/** More than `maxRestarts` automatic restarts within `withinMs` and the process is given up as `failed`. */
export const RestartBudget = v.strictObject(
  {
    maxRestarts: v.optional(wholeNumber({ min: 0, max: 1000 }), 5),
    withinMs: v.optional(milliseconds({ min: 1 }), 60_000),
  },
  'an object with maxRestarts, withinMs',
);

/** How a process is asked to stop: `signal` to its process group, then SIGKILL to its whole tree after `graceMs`. */
export const StopPolicy = v.strictObject(
  {
    signal: v.optional(SignalName, 'SIGTERM'),
    graceMs: v.optional(milliseconds({ max: 3_600_000 }), 5000),
  },
  'an object with signal, graceMs',
);
