import { errorCatalogue, type ErrorCode } from '@fettle/contract';
import { ORPCError } from '@orpc/client';
import { OutgoingRefused } from '../outgoing/fetch-outside.ts';
import { ProviderError } from './machine-provider.ts';

/**
 * Classifies whatever went wrong on the way to a provider or a machine. An answer keeps its code; silence and broken
 * connections mean that the host is out of reach, which says nothing about the machine.
 */
export function asProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof OutgoingRefused)
    return new ProviderError('PROVIDER_FAILED', error.message, { retryable: true, cause: error });
  if (error instanceof ORPCError) {
    if (!isErrorCode(error.code)) {
      // A code of pidnap's own: what it refuses (4xx) it refuses again.
      return new ProviderError('PROVIDER_FAILED', error.message, {
        retryable: error.status >= 500,
        cause: error,
      });
    }
    const retryable = typeof error.data?.retryable === 'boolean' ? error.data.retryable : undefined;
    return new ProviderError(error.code, error.message, { retryable, cause: error });
  }
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return new ProviderError('DEADLINE_EXCEEDED', 'No answer in time', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ProviderError('HOST_UNREACHABLE', `The host is out of reach: ${message}`, { cause: error });
}

/** Whether a text is a code of the catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}
