import { describe, expect, test } from 'vitest';
import { FettleError } from './fettle-error.ts';
import { hear } from './heard.ts';
import { waitBeforeRepeat } from './repeat.ts';

const broken = new FettleError('INTERNAL', 'no', { retryable: true });
const read = ['machines', 'get'];

describe('the wait before a repeat', () => {
  test('doubles with each failure up to ten seconds, half of it by chance', () => {
    const waits = (chance: number) =>
      [1, 2, 3, 9].map((failed) => waitBeforeRepeat(broken, read, failed, chance));
    expect(waits(1)).toEqual([250, 500, 1000, 10_000]);
    expect(waits(0)).toEqual([125, 250, 500, 5000]);
  });

  test.each([
    [['projects', 'apply'], true],
    [['members', 'set'], true],
    [['members', 'remove'], false],
    [['machines', 'exec'], false],
    [['nothing', 'like', 'that'], false],
    [['__proto__', 'constructor'], false],
  ])('%j is repeated: %s', (path, repeated) => {
    expect(waitBeforeRepeat(broken, path, 1, 0) !== null).toBe(repeated);
  });
});

describe('`retry-after`', () => {
  const wait = (text: string) =>
    hear(new Response(null, { headers: { 'retry-after': text } }), Date.parse('2026-01-01T00:00:00Z'))
      .retryAfterMs;

  test.each([
    ['7', 7000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
  ])('%s is %s ms', (text, ms) => expect(wait(text)).toBe(ms));
});
