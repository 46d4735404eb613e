import * as v from 'valibot';
import { Command, absolutePath, milliseconds, nonEmptyString, wholeNumber } from './primitives.ts';

const probeTiming = {
  /** Pause between the end of one probe and the start of the next. */
  intervalMs: v.optional(milliseconds({ min: 10 }), 10_000),
  /** The same pause until the first probe of a run has passed, so that dependants need not wait a whole interval. */
  startIntervalMs: v.optional(milliseconds({ min: 10 }), 500),
  /** A probe without an answer after this time has failed. */
  timeoutMs: v.optional(milliseconds({ min: 10, max: 600_000 }), 5000),
  /** Failures this soon after a start are not counted, as long as no probe of the run has passed. */
  startPeriodMs: v.optional(milliseconds(), 60_000),
  /** Failures in a row that make the process unhealthy. */
  retries: v.optional(wholeNumber({ min: 1, max: 100 }), 3),
};

/**
 * How health is asked. `http`: status 2xx or 3xx. `tcp`: the connection opens. `command`: exit code 0.
 * `log`: a line of the run's output matches. `heartbeat`: a file is written again and again.
 */
export const HealthCheck = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('http'),
      url: v.pipe(
        v.string('an http or https URL'),
        v.url('an http or https URL'),
        v.regex(/^https?:/, 'an http or https URL'),
      ),
      ...probeTiming,
    }),
    v.strictObject({
      kind: v.literal('tcp'),
      host: v.optional(nonEmptyString, '127.0.0.1'),
      port: wholeNumber({ min: 1, max: 65_535 }),
      ...probeTiming,
    }),
    v.strictObject({ kind: v.literal('command'), command: Command, ...probeTiming }),
    v.strictObject({
      kind: v.literal('log'),
      /** Regular expression, tried on each line of the current run. */
      pattern: v.pipe(nonEmptyString, v.check(isRegularExpression, 'a valid regular expression')),
      /** Which output is looked at; left out: both. */
      stream: v.optional(v.picklist(['stdout', 'stderr'], 'one of "stdout", "stderr"')),
      /** Left out: one matching line is enough for the whole run. Else the newest one may not be older than this. */
      maxAgeMs: v.optional(milliseconds({ min: 10 })),
      ...probeTiming,
    }),
    v.strictObject({
      kind: v.literal('heartbeat'),
      /** File that the process touches or writes; its time of modification is watched, not its content. */
      path: absolutePath,
      /** The file must have changed within this time, counted on a clock that does not jump. */
      maxAgeMs: milliseconds({ min: 10 }),
      ...probeTiming,
    }),
  ],
  'a health check whose kind is "http", "tcp", "command", "log" or "heartbeat"',
);
export type HealthCheck = v.InferOutput<typeof HealthCheck>;

function isRegularExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
