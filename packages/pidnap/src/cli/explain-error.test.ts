import { describe, expect, it } from 'vitest';
import { ConfigError } from '../shell/config-error.ts';
import { explainError } from './explain-error.ts';
import { formatFailure } from './failure.ts';

const TARGET = { address: '/run/p.sock', configFile: null };
const systemError = (code: string): Error =>
  Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' });
const apiError = (code: string, message: string, data: unknown = null): Error =>
  Object.assign(new Error(message), { code, status: 400, data });

describe('explainError', () => {
  it.each<[string, Error, number, string]>([
    [
      'nobody there',
      systemError('ECONNREFUSED'),
      3,
      'pidnap: no pidnap answers at /run/p.sock\nstart one with `pidnap run`, or name another one with --socket (PIDNAP_SOCKET) or --url (PIDNAP_URL)',
    ],
    [
      'a failure of fetch',
      new TypeError('fetch failed', { cause: systemError('ENOTFOUND') }),
      3,
      expect.stringContaining('no pidnap answers at /run/p.sock'),
    ],
    [
      'a lost connection',
      systemError('ECONNRESET'),
      3,
      'pidnap: pidnap at /run/p.sock ended while it was asked',
    ],
    [
      'a socket of somebody else',
      systemError('EACCES'),
      1,
      'pidnap: /run/p.sock may not be opened by this user',
    ],
    [
      'a refusal',
      apiError('PROCESS_NOT_FOUND', 'no process is called nobody', { name: 'nobody' }),
      1,
      'pidnap: no process is called nobody (PROCESS_NOT_FOUND)',
    ],
    [
      'a refusal with problems',
      apiError('INVALID_CONFIG', 'a; b', { problems: ['a', 'b'] }),
      1,
      'pidnap: the config file is not valid, nothing was changed (INVALID_CONFIG):\n  a\n  b',
    ],
    [
      'a wrong token',
      apiError('UNAUTHORIZED', 'A valid bearer token is required'),
      1,
      'pidnap: pidnap at /run/p.sock does not take this token (UNAUTHORIZED)',
    ],
    ['a config file', new ConfigError('/c.json', ['x: y']), 2, 'pidnap: /c.json cannot be used:\n  x: y'],
    ['anything else', new Error('boom'), 1, 'pidnap: boom'],
  ])('%s', (_what, error, exitCode, text) => {
    const failure = explainError(error, TARGET);
    expect(failure.exitCode).toBe(exitCode);
    expect(formatFailure(failure, false)).toEqual(text);
    expect(failure.cause).toBe(error);
  });

  it('has a form for programs', () => {
    const failure = explainError(apiError('INVALID_DEFINITION', 'a', { problems: ['a'] }));
    expect(JSON.parse(formatFailure(failure, true))).toEqual({
      error: {
        code: 'INVALID_DEFINITION',
        message: 'the definition is not valid',
        problems: ['a'],
        hint: null,
      },
    });
  });
});
