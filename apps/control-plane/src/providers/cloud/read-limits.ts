/** What the headers of an answer say about limits, as providers really write them. Pure. */
import type { Told } from './token-bucket.ts';

/**
 * The limits of one throttler. Daytona suffixes its headers with the throttler's name (`Retry-After-sandbox-create`);
 * `null` reads the plain ones.
 */
export function readLimits(headers: Headers, throttler: string | null, now: number): Told {
  const suffix = throttler === null ? '' : `-${throttler}`;
  return {
    limit: numberIn(headers.get(`x-ratelimit-limit${suffix}`)),
    remaining: numberIn(headers.get(`x-ratelimit-remaining${suffix}`)),
    resetMs: readResetMs(headers.get(`x-ratelimit-reset${suffix}`), now),
    retryMs: readRetryAfterMs(headers.get(`retry-after${suffix}`), now),
  };
}

/** Seconds from now on, or the time of day since the epoch in seconds: both are in use. */
function readResetMs(header: string | null, now: number): number | null {
  const value = numberIn(header);
  if (value === null) return null;
  return value > 1e9 ? Math.max(0, value * 1000 - now) : value * 1000;
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function readRetryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = numberIn(header);
  const ms = seconds === null ? Date.parse(header) - now : seconds * 1000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

function numberIn(header: string | null): number | null {
  return header !== null && /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) : null;
}
