import { expect, test } from 'vitest';
import { lineWithInput, quoted, shellCommand } from './shell-command.ts';

const line = (command: string) => shellCommand({ command, cwd: null, environment: {}, together: false });

test('a command line of any length is cut into pieces that a host takes, and never within a character', () => {
  const long = '🙂'.repeat(5000);
  const pieces = line(long)?.slice(4) ?? [];
  expect(pieces.join('')).toBe(long);
  for (const piece of pieces) {
    expect(piece.length).toBeLessThanOrEqual(4000);
    expect(piece.isWellFormed()).toBe(true);
  }
  expect(line('x'.repeat(400_000))).toBeNull();
});

test('what is quoted reaches a program as it is', () => {
  expect(quoted("it's")).toBe(`'it'\\''s'`);
  expect(lineWithInput(['cat', '-n'], 'a b')).toBe(`printf %s 'a b' | 'cat' '-n'`);
  const [, , , , script] = shellCommand({
    command: 'pwd',
    cwd: '/a b',
    environment: { A: "it's" },
    together: true,
  })!;
  expect(script).toBe(`exec 2>&1\nexport A='it'\\''s'\ncd -- '/a b' || exit 1\npwd`);
});
