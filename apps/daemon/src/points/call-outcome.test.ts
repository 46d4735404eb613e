import { describe, expect, test } from 'vitest';
import { answered, failed } from './call-outcome.ts';

const EVERY = { reportEveryMs: 30_000 };

describe('an answer', () => {
  test('that takes all settles all', () => {
    expect(answered({ accepted: 2, refused: [], ...EVERY }, 2)).toEqual({
      batch: { kind: 'answered', sendAgain: [] },
      calls: { kind: 'accepted', everyMs: 30_000 },
    });
  });

  test('sends only those again that there was no room for', () => {
    const refused = [
      { seq: 1, name: 'resource', reason: 'repeated' },
      { seq: 2, name: 'resource', reason: 'too-old' },
      { seq: 3, name: 'resource', reason: 'too-many' },
    ] as const;
    expect(answered({ accepted: 1, refused: [...refused], ...EVERY }, 4).batch).toEqual({
      kind: 'answered',
      sendAgain: [3],
    });
  });

  test('that has room for none counts as a failure, so that the next call waits', () => {
    const refused = [{ seq: 3, name: 'resource', reason: 'too-many' as const }];
    expect(answered({ accepted: 0, refused, ...EVERY }, 1).calls).toEqual({ kind: 'failed' });
  });
});

const T0 = 1_000_000;

describe('an error', () => {
  test.each([
    ['of a body that is not valid', { code: 'BAD_REQUEST', status: 400 }, 'unusable', 'failed'],
    ['of a body that is too large', { code: 'UNEXPECTED_ANSWER', status: 413 }, 'unusable', 'failed'],
    ['of a token that does not fit', { code: 'UNAUTHORIZED', status: 401 }, 'unknown', 'failed'],
    ['of the other side', { code: 'INTERNAL', status: 500 }, 'unknown', 'failed'],
    ['of the network', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'unknown', 'failed'],
    ['that is none', null, 'unknown', 'failed'],
    ['of a machine that was replaced', { code: 'RETIRED', status: 410 }, 'unknown', 'retired'],
  ])('%s', (_, error, batch, calls) => {
    expect(failed(error, T0)).toEqual({ batch: { kind: batch }, calls: { kind: calls } });
  });

  test.each([
    ['as long as it says', 7000, T0 + 7000],
    ['not for days, whatever it says', 999_999_000, T0 + 600_000],
  ])('that says when to come again is waited for, %s', (_, retryAfterMs, holdUntil) => {
    const error = Object.assign(new Error('busy'), { code: 'TOO_MANY_REQUESTS', status: 429, retryAfterMs });
    expect(failed(error, T0)).toEqual({ batch: { kind: 'unknown' }, calls: { kind: 'failed', holdUntil } });
  });
});
