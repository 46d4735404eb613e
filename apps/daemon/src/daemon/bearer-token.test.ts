import { expect, test } from 'vitest';
import { carriesToken } from './bearer-token.ts';

const TOKEN = 'command-token-of-a-machine';

test.each([
  [`Bearer ${TOKEN}`, true],
  [`Bearer ${TOKEN}x`, false],
  [`Bearer ${TOKEN.slice(0, -1)}`, false],
  [TOKEN, false],
  [`Basic ${TOKEN}`, false],
  ['', false],
  [undefined, false],
])('%s: %s', (header, expected) => {
  expect(carriesToken(header, TOKEN)).toBe(expected);
});
