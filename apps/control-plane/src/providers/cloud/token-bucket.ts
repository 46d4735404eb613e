/** How many requests a provider takes, as a bucket of tokens that learns from what the provider tells. Pure. */

/** What a bucket gets back by itself. */
export type Rate = { perSecond: number; burst: number };

export type Bucket = {
  rate: Rate;
  tokens: number;
  /** When `tokens` was right, in milliseconds. */
  at: number;
  /** Nothing may be sent before. */
  closedUntil: number;
};

/** What an answer tells of the provider's own count. */
export type Told = {
  /** Requests of a whole window of a minute. */
  limit: number | null;
  remaining: number | null;
  /** Milliseconds until the window begins anew. */
  resetMs: number | null;
  /** Milliseconds that it wants to be left alone for. */
  retryMs: number | null;
};

/** Whatever a provider asks for, after this long it is asked again: a machine must not be left alone for hours. */
const LONGEST_REST_MS = 5 * 60_000;
const WINDOW_S = 60;

/** A full one. */
export function freshBucket(rate: Rate, now: number): Bucket {
  return { rate, tokens: rate.burst, at: now, closedUntil: 0 };
}

/** Milliseconds until a request may be sent; 0: now. */
export function waitMs(bucket: Bucket, now: number): number {
  if (now < bucket.closedUntil) return bucket.closedUntil - now;
  const missing = 1 - filled(bucket, now).tokens;
  return missing <= 0 ? 0 : Math.ceil((missing / bucket.rate.perSecond) * 1000);
}

/** The bucket after one request. */
export function spend(bucket: Bucket, now: number): Bucket {
  const full = filled(bucket, now);
  return { ...full, tokens: full.tokens - 1 };
}

/** The bucket after the provider's word. Its count is believed when it is lower than ours: others use the same key. */
export function learn(bucket: Bucket, told: Told, now: number): Bucket {
  const { limit, remaining, resetMs, retryMs } = told;
  const rate = limit === null || limit <= 0 ? bucket.rate : { perSecond: limit / WINDOW_S, burst: limit };
  const { tokens } = filled({ ...bucket, rate }, now);
  const restMs = Math.max(retryMs ?? 0, remaining === 0 ? (resetMs ?? 0) : 0);
  return {
    rate,
    tokens: Math.min(tokens, rate.burst, remaining === null || remaining === 0 ? Infinity : remaining),
    at: now,
    closedUntil: Math.max(bucket.closedUntil, now + Math.min(restMs, LONGEST_REST_MS)),
  };
}

function filled(bucket: Bucket, now: number): Bucket {
  const { rate, tokens, at } = bucket;
  const grown = tokens + (Math.max(0, now - at) / 1000) * rate.perSecond;
  return { ...bucket, tokens: Math.min(rate.burst, grown), at: now };
}
