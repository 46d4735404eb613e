import { expect, test } from 'vitest';
import { withoutUrlSecrets } from './url-secrets.ts';

test.each([
  ['https://user:pass@git.example/a.git', 'https://***@git.example/a.git'],
  ["fatal: unable to access 'http://u:p%40ss@h:1/a/': no", "fatal: unable to access 'http://***@h:1/a/': no"],
  ['https://token@h/a and https://x:y@h/b', 'https://***@h/a and https://***@h/b'],
  ['https://user:p@ss@h/a', 'https://***@h/a'],
  ['https://git.example/@scope/a.git', 'https://git.example/@scope/a.git'],
  [
    'https://git.example/a.git is away, ask ops@git.example',
    'https://git.example/a.git is away, ask ops@git.example',
  ],
])('%s', (text, expected) => {
  expect(withoutUrlSecrets(text)).toBe(expected);
});

test('a long line without a blank is read once', () => {
  const line = 'a.'.repeat(1_000_000);
  expect(withoutUrlSecrets(line)).toBe(line);
});
