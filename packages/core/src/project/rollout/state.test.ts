import { expect, test } from 'vitest';
import { waveSize } from './state.ts';

test.each([
  [1, 2, [1, 2, 4, 8]],
  [3, 1, [3, 3, 3, 3]],
  [1, 1.5, [1, 1, 2, 3]],
  [2, 10, [2, 20, 200, 2000]],
  [10, 1.1, [10, 11, 12, 13]],
])('waves that begin with %i and grow by %d have %j machines', (firstWave, growth, expected) => {
  const rollout = { firstWave, growth, bakeMs: 0, waveTimeoutMs: 1000 };
  expect([0, 1, 2, 3].map((before) => waveSize(rollout, before))).toEqual(expected);
});
