import { expect, it } from 'vitest';
import { TakenIds } from './taken-ids.ts';

const T0 = 1_780_000_000_000;

it('takes nothing more once it has to remember too much, until that is too old to come again', () => {
  const ids = new TakenIds();
  for (let i = 0; i < 10_000; i += 1) expect(ids.take(`id-${i}`, T0 + 1, T0)).toBe('taken');
  expect(ids.take('one-more', T0 + 1, T0 + 1)).toBe('full');
  expect(ids.take('id-0', T0 + 1, T0 + 1)).toBe('repeated');
  expect(ids.take('one-more', T0 + 3, T0 + 2)).toBe('taken');
});
