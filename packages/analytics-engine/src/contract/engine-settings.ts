import * as v from 'valibot';

/** What a token may be: it has to fit into a header. */
export const TOKEN = /^[\x21-\x7e]+$/;
/** What an account id may be: it has to fit into a path. */
export const ACCOUNT_ID = /^[\w-]+$/;
/** Longest retention; the shortest is a day. */
export const MAX_RETENTION_DAYS = 3650;

const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.number(),
    v.check(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `expected a whole number from ${min} to ${max}`,
    ),
  );

/** The options of an engine that would do harm, or nothing, when they are wrong. */
const EngineSettings = v.object({
  folder: v.pipe(v.string(), v.nonEmpty('expected a path')),
  token: v.pipe(v.string(), v.regex(TOKEN, 'expected ASCII characters without white space')),
  accountId: v.pipe(v.string(), v.regex(ACCOUNT_ID, 'expected letters, digits, _ or -')),
  port: v.optional(wholeNumber(0, 65_535)),
  retentionDays: v.optional(wholeNumber(1, MAX_RETENTION_DAYS)),
  sample: v.nullish(v.object({ fullRate: v.optional(wholeNumber(1, 1_000_000)) })),
  queriesPerMinute: v.nullish(wholeNumber(1, 1_000_000)),
});

/** Throws a TypeError that names the first option that is wrong, and what was expected. */
export function checkSettings(options: v.InferInput<typeof EngineSettings>): void {
  const result = v.safeParse(EngineSettings, options, { abortEarly: true });
  if (result.success) return;
  const [issue] = result.issues;
  throw new TypeError(`${v.getDotPath(issue)}: ${issue.message}`);
}
