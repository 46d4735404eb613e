import { expect, test } from 'vitest';
import { excludePatterns } from './exclude-patterns.ts';

test('what is not tracked is excluded at its very place, whatever its name has in it', () => {
  const status = [
    '?? node_modules/',
    ' M server.mjs',
    '?? a [1]*?.txt',
    '?? two\nlines',
    '?? back\\slash',
    '',
  ];
  expect(excludePatterns(status.join('\0'))).toEqual([
    '/node_modules/',
    String.raw`/a\ \[1\]\*\?.txt`,
    String.raw`/back\\slash`,
  ]);
});

test('a checkout in which nothing is new has none', () => {
  expect(excludePatterns('')).toEqual([]);
});
