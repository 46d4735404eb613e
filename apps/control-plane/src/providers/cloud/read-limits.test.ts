import { expect, it } from 'vitest';
import { readLimits } from './read-limits.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

it('reads the suffixed headers of Daytona by the name of the throttler', () => {
  const headers = new Headers({
    'X-RateLimit-Limit-sandbox-create': '300',
    'X-RateLimit-Remaining-sandbox-create': '0',
    'X-RateLimit-Reset-sandbox-create': '42',
    'Retry-After-sandbox-create': '43',
  });
  expect(readLimits(headers, 'sandbox-create', NOW)).toEqual({
    limit: 300,
    remaining: 0,
    resetMs: 42_000,
    retryMs: 43_000,
  });
  const nothing = { limit: null, remaining: null, resetMs: null, retryMs: null };
  expect(readLimits(headers, 'sandbox-lifecycle', NOW)).toEqual(nothing);
  expect(readLimits(headers, null, NOW)).toEqual(nothing);
});

it.each([
  ['seconds', '5', 5000],
  ['a date', 'Thu, 01 Jan 2026 00:00:09 GMT', 9000],
  ['a date that is over', 'Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['no time at all', 'soon', null],
])('reads a plain Retry-After of %s', (_what, header, retryMs) => {
  expect(readLimits(new Headers({ 'retry-after': header }), null, NOW).retryMs).toBe(retryMs);
});

it('takes a reset that is a time of day for what it is', () => {
  const headers = new Headers({ 'x-ratelimit-reset': String(NOW / 1000 + 30) });
  expect(readLimits(headers, null, NOW).resetMs).toBe(30_000);
});
