import { expect, test } from 'vitest';
import { duration } from './duration.ts';

const upToAWeek = duration(60_000, 7 * 86_400_000);

test.each([
  ['60s', 60_000],
  ['30m', 1_800_000],
  ['6h', 21_600_000],
  ['7d', 604_800_000],
])('%s is %d ms', (text, ms) => {
  expect(upToAWeek(text)).toBe(ms);
});

test.each(['', '30', 'm', '1.5h', '-1h', '59s', '8d', '1w', '30 m', '1h30m'])(
  '"%s" is refused, with the form and the bounds',
  (text) => {
    expect(() => upToAWeek(text)).toThrow('30s, 15m, 6h or 7d, from 1m00s to 7d0h');
  },
);
