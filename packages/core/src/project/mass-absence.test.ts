import { expect, test } from 'vitest';
import { policy } from '../testing/builders.ts';
import { massAbsence } from './mass-absence.ts';

const { stormGuard: guard } = policy();

test.each([
  [1, 1, false],
  [1, 2, false],
  [2, 2, true],
  [2, 7, true],
  [2, 8, false],
  [25, 100, false],
  [26, 100, true],
])('%i gone of %i are doubted: %s', (gone, total, doubted) => {
  expect(massAbsence({ gone, total, guard }) !== null).toBe(doubted);
});

test('the doubt is told in numbers', () => {
  expect(massAbsence({ gone: 3, total: 4, guard })).toBe(
    '3 of 4 machines are said to be gone at once: what says so is probably wrong',
  );
});
