import { expect, test } from 'vitest';
import { remoteFailure } from './remote-failure.ts';

test.each([
  ['REPOSITORY_REFUSED', "fatal: could not read Username for 'https://h': terminal prompts disabled"],
  ['REPOSITORY_REFUSED', "fatal: Authentication failed for 'https://h/a.git/'"],
  ['REPOSITORY_REFUSED', "fatal: unable to access 'https://h/a/': The requested URL returned error: 403"],
  ['REPOSITORY_REFUSED', 'git@h: Permission denied (publickey).'],
  ['REPOSITORY_UNREACHABLE', "fatal: unable to access 'https://h/a/': The requested URL returned error: 503"],
  ['REPOSITORY_UNREACHABLE', "fatal: unable to access 'https://h/a/': Could not resolve host: h"],
  ['REPOSITORY_UNREACHABLE', "fatal: repository 'https://h/a.git/' not found"],
  ['REPOSITORY_UNREACHABLE', 'git fetch took longer than 120000 ms'],
])('%s: %s', (code, output) => {
  expect(remoteFailure(output).code).toBe(code);
});

test('a page in place of a repository is told as one', () => {
  const output = 'fatal: https://h/a.git/info/refs not valid: is this a git repository?';
  expect(remoteFailure(output).summary).toContain('not as a git repository');
});
