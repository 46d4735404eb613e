import { expect, test } from 'vitest';
import { oldestFirst } from './oldest-first.ts';

test('what happened within one millisecond keeps its order', () => {
  const newestFirst = [
    { at: 2, what: 'd' },
    { at: 1, what: 'c' },
    { at: 1, what: 'b' },
    { at: 1, what: 'a' },
  ];
  expect(oldestFirst(newestFirst).map(({ what }) => what)).toEqual(['a', 'b', 'c', 'd']);
});
