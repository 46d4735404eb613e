import { ORPCError } from '@orpc/client';
import { describe, expect, test } from 'vitest';
import { CliFailure, EXIT } from '../failure.ts';
import { explainError } from './explain-error.ts';

const URL = 'http://127.0.0.1:8787';

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('an error becomes one line and an exit code', () => {
  test('a refusal of the control plane says code, text, field and what was expected', () => {
    const data = { retryable: false, field: 'services.0.port', expected: 'a port above 1023' };
    const failure = explainError(new ORPCError('BAD_REQUEST', { message: 'The input is wrong', data }), URL);
    expect(failure.exitCode).toBe(EXIT.failed);
    expect(failure.message).toBe(
      'BAD_REQUEST: The input is wrong at services.0.port: expected a port above 1023',
    );
    expect(failure.hint).toBeNull();
  });

  test('a text that names field and expectation itself is not repeated', () => {
    const data = { retryable: false, field: 'refs.customer', expected: 'expected a branch' };
    const error = new ORPCError('BAD_REQUEST', { message: 'refs.customer: expected a branch', data });
    expect(explainError(error, URL).message).toBe('BAD_REQUEST: refs.customer: expected a branch');
  });

  test('a refusal that can pass says so', () => {
    const error = new ORPCError('HOST_UNREACHABLE', { data: { retryable: true } });
    expect(explainError(error, URL).hint).toBe('the same command can succeed later');
  });

  test('nobody at the address: it says how to start a control plane', () => {
    const failure = explainError(new TypeError('fetch failed', { cause: systemError('ECONNREFUSED') }), URL);
    expect(failure.exitCode).toBe(EXIT.notRunning);
    expect(failure.message).toContain(URL);
    expect(failure.hint).toContain('npm start');
  });

  test('no answer in time counts as not running', () => {
    const failure = explainError(new DOMException('too late', 'TimeoutError'), URL);
    expect(failure.exitCode).toBe(EXIT.notRunning);
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
