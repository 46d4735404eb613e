import { describe, expect, test } from 'vitest';
import { judgeExport, MAX_TRIES, readRetryAfter, type ExportAnswer } from './judge-export.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const answer = (over: Partial<ExportAnswer>): ExportAnswer => ({
  status: 200,
  retryAfter: null,
  body: '{}',
  ...over,
});
const judge = (over: Partial<ExportAnswer>, tried = 1) => judgeExport(answer(over), tried, NOW, 1);

describe('what a collector answers', () => {
  test.each(['{}', '', '{"partialSuccess":{}}', '{"partialSuccess":{"rejectedDataPoints":"0"}}', 'OK'])(
    '200 %s: everything was taken',
    (body) => expect(judge({ body })).toMatchObject({ kind: 'taken', rejectedPoints: 0 }),
  );

  test.each(['3', 3])('a part of %j points was rejected, which is not sent again', (rejectedDataPoints) => {
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints, errorMessage: 'too old' } });
    expect(judge({ body })).toEqual({ kind: 'taken', rejectedPoints: 3, reason: 'too old' });
  });

  test.each([429, 502, 503, 504])('%i: later', (status) => {
    expect(judge({ status })).toEqual({ kind: 'again', afterMs: 1000 });
    expect(judge({ status }, 2)).toEqual({ kind: 'again', afterMs: 2000 });
    expect(judge({ status }, MAX_TRIES)).toMatchObject({ kind: 'failed' });
  });

  test('nothing: later, as often', () => {
    expect(judge({ status: 0, body: 'connection refused' })).toMatchObject({ kind: 'again' });
    expect(judge({ status: 0, body: 'connection refused' }, MAX_TRIES)).toEqual({
      kind: 'failed',
      reason: 'no answer (connection refused), 3 times',
    });
  });

  test.each([301, 400, 401, 404, 413, 500, 501])('%i: never again', (status) =>
    expect(judge({ status })).toEqual({ kind: 'failed', reason: `status ${status}` }),
  );

  test('says itself when to come back, as long as that is soon', () => {
    expect(judge({ status: 429, retryAfter: '5' })).toEqual({ kind: 'again', afterMs: 5000 });
    expect(judge({ status: 429, retryAfter: '60' })).toEqual({
      kind: 'failed',
      reason: 'status 429, wants 60 s',
    });
  });
});

test('the tries of many are spread', () => {
  const waits = [0, 0.5, 1].map((random) => judgeExport(answer({ status: 503 }), 1, NOW, random));
  expect(waits.map((wait) => wait.kind === 'again' && wait.afterMs)).toEqual([500, 750, 1000]);
});

test.each([
  [null, null],
  ['0', 0],
  ['120', 120_000],
  ['Mon, 05 Jan 2026 12:00:30 GMT', 30_000],
  ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
  ['soon', null],
  ['-1', null],
])('Retry-After: %s', (text, wait) => expect(readRetryAfter(text, NOW)).toBe(wait));
