import { ORPCError } from '@orpc/client';
import { expect, test } from 'vitest';
import { ProviderError } from './machine-provider.ts';
import { asProviderError } from './provider-failure.ts';

test.each([
  ['silence', new DOMException('late', 'TimeoutError'), 'DEADLINE_EXCEEDED', true],
  ['a broken connection', new TypeError('fetch failed'), 'HOST_UNREACHABLE', true],
  ['something that is no error', 'boom', 'HOST_UNREACHABLE', true],
  ['a refusal of the host', new ORPCError('STALE_ACTION', { status: 409 }), 'STALE_ACTION', false],
  ['a failure of the host', new ORPCError('PROVIDER_FAILED', { status: 502 }), 'PROVIDER_FAILED', true],
  ['a refusal of pidnap', new ORPCError('ACTION_INTERRUPTED', { status: 409 }), 'PROVIDER_FAILED', false],
  ['a pidnap that shuts down', new ORPCError('SHUTTING_DOWN', { status: 503 }), 'PROVIDER_FAILED', true],
])('%s is classified', (_, error, code, retryable) => {
  const failure = asProviderError(error);
  expect(failure).toBeInstanceOf(ProviderError);
  expect(failure).toMatchObject({ code, retryable });
});

test('the host’s own word on retries counts more than the catalogue', () => {
  const error = new ORPCError('PROVIDER_FAILED', { status: 502, data: { retryable: false } });
  expect(asProviderError(error)).toMatchObject({ code: 'PROVIDER_FAILED', retryable: false });
});

test('what went wrong underneath is kept', () => {
  const cause = new TypeError('fetch failed');
  expect(asProviderError(cause).cause).toBe(cause);
  const already = new ProviderError('CONFLICT', 'no');
  expect(asProviderError(already)).toBe(already);
});
