import { FettleError } from '@fettle/client';
import { describe, expect, test } from 'vitest';
import { CliFailure, EXIT } from '../failure.ts';
import { explainError } from './explain-error.ts';

const URL = 'http://127.0.0.1:8787';

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('an error becomes one line and an exit code', () => {
  test('a refusal of the control plane says code, text, field and what was expected', () => {
    const told = { field: 'services.0.port', expected: 'a port above 1023' };
    const failure = explainError(new FettleError('BAD_REQUEST', 'The input is wrong', told), URL);
    expect(failure.exitCode).toBe(EXIT.failed);
    expect(failure.message).toBe(
      'BAD_REQUEST: The input is wrong at services.0.port: expected a port above 1023',
    );
    expect(failure.hint).toBeNull();
  });

  test('a text that names field and expectation itself is not repeated', () => {
    const told = { field: 'refs.customer', expected: 'expected a branch' };
    const error = new FettleError('BAD_REQUEST', 'refs.customer: expected a branch', told);
    expect(explainError(error, URL).message).toBe('BAD_REQUEST: refs.customer: expected a branch');
  });

  test('a refusal that can pass says so', () => {
    const error = new FettleError('HOST_UNREACHABLE', 'The host did not answer', { retryable: true });
    expect(explainError(error, URL).hint).toBe('the same command can succeed later');
  });

  test('nobody at the address: it says how to start a control plane', () => {
    const failure = explainError(new FettleError('CONNECTION_FAILED', 'not reached', {}), URL);
    expect(failure.exitCode).toBe(EXIT.notRunning);
    expect(failure.message).toContain(URL);
    expect(failure.hint).toContain('npm start');
  });

  test.each([
    new DOMException('too late', 'TimeoutError'),
    new FettleError('DEADLINE_EXCEEDED', 'too late', { retryable: true }),
  ])('no answer in time counts as not running: %s', (error) => {
    const failure = explainError(error, URL);
    expect(failure.exitCode).toBe(EXIT.notRunning);
    expect(failure.message).toContain('did not answer in time');
  });

  test('a caller that asks too much is told when to come again', () => {
    const error = new FettleError('TOO_MANY_REQUESTS', 'too many', { retryable: true, retryAfterMs: 1500 });
    expect(explainError(error, URL).hint).toContain('try again in 2 s');
  });

  test.each([
    ['FORBIDDEN', 'fettle whoami'],
    ['UNAUTHORIZED', 'FETTLE_TOKEN'],
    ['QUOTA_EXCEEDED', 'fettle quota show'],
  ] as const)('%s says what to do about it', (code, words) => {
    expect(explainError(new FettleError(code, 'no', {}), URL).hint).toContain(words);
  });

  test('what is broken on the other side is named by its request', () => {
    const error = new FettleError('INTERNAL', 'broken', { requestId: 'r-12345678', retryable: true });
    expect(explainError(error, URL).hint).toContain('request r-12345678');
  });

  test('a full disk has its own exit code', () => {
    expect(explainError(systemError('ENOSPC'), null).exitCode).toBe(EXIT.diskFull);
  });

  test('a failure that is one already stays as it is', () => {
    const failure = new CliFailure(EXIT.portTaken, 'port 1 is taken');
    expect(explainError(failure, URL)).toBe(failure);
  });

  test('anything else is told by its own words', () => {
    expect(explainError('odd', null)).toMatchObject({ exitCode: EXIT.failed, message: 'odd' });
  });
});

test('every exit code has a meaning of its own', () => {
  const codes = Object.values(EXIT);
  expect(new Set(codes).size).toBe(codes.length);
});
