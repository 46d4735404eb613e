import * as v from 'valibot';

/** How often one export is tried at the most. */
export const MAX_TRIES = 3;
/** Work after an answer may take 30 s altogether: two waits of this length and three short requests fit in. */
const MAX_WAIT_MS = 8000;
/** Before the second try; doubled before the third. */
const FIRST_WAIT_MS = 1000;
/** The only answers after which OTLP/HTTP allows the same request again. */
const RETRYABLE = [429, 502, 503, 504];

const PartialAnswer = v.object({
  partialSuccess: v.optional(
    v.object({
      rejectedDataPoints: v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(Number))),
      errorMessage: v.optional(v.string()),
    }),
  ),
});

/** What a collector answered; `status` 0: it did not, and `body` says why. */
export type ExportAnswer = { status: number; retryAfter: string | null; body: string };

/** What follows from it. */
export type Verdict =
  | { kind: 'taken'; rejectedPoints: number; reason: string }
  | { kind: 'again'; afterMs: number }
  | { kind: 'failed'; reason: string };

/**
 * Judges the answer to the try with this number, from 1. `now`: Unix milliseconds, for a `Retry-After` that is a date.
 * `random`: 0 to 1, spreads the tries of many.
 */
export function judgeExport(answer: ExportAnswer, tried: number, now: number, random: number): Verdict {
  const { status, retryAfter, body } = answer;
  if (status >= 200 && status < 300) return judgeTaken(body);
  const reason = status === 0 ? `no answer (${body})` : `status ${status}`;
  if (status !== 0 && !RETRYABLE.includes(status)) return { kind: 'failed', reason };
  if (tried >= MAX_TRIES) return { kind: 'failed', reason: `${reason}, ${tried} times` };
  const afterMs = readRetryAfter(retryAfter, now) ?? FIRST_WAIT_MS * 2 ** (tried - 1) * (0.5 + random / 2);
  if (afterMs > MAX_WAIT_MS)
    return { kind: 'failed', reason: `${reason}, wants ${Math.ceil(afterMs / 1000)} s` };
  return { kind: 'again', afterMs };
}

/** Success in part is success: what was rejected must not be sent again. */
function judgeTaken(body: string): Verdict {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PartialAnswer), body === '' ? '{}' : body);
  // A collector that answers 200 has taken it, whatever it says besides.
  const partial = parsed.success ? parsed.output.partialSuccess : undefined;
  return {
    kind: 'taken',
    rejectedPoints: partial?.rejectedDataPoints || 0,
    reason: partial?.errorMessage?.slice(0, 200) ?? '',
  };
}

/** Milliseconds to wait by a `Retry-After` header: seconds or a date; `null` when there is none that can be read. */
export function readRetryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Every HTTP date begins with a weekday; other texts would be read as dates of all kinds.
  const date = /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
