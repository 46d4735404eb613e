import { errorCatalogue, type ErrorCode, type ErrorData } from '@fettle/contract';
import { ORPCError, ValidationError } from '@orpc/server';
import type { Result } from '../result.ts';
import { log } from '../log.ts';

/** A longer path is not one of ours: its names were made up by whoever sent it. */
const MAX_FIELD = 200;
/** Our fields have names of letters. Another name was made up by whoever sent it, and may be anything, also a secret. */
const FIELD_NAME = /^(?:[A-Za-z]{1,32}|\d{1,5})$/;

/** An error of the catalogue, as it goes over the wire. */
export function wireError(
  code: ErrorCode,
  message?: string,
  data?: Omit<ErrorData, 'retryable'>,
): ORPCError<ErrorCode, ErrorData> {
  const { status, message: standard, retryable } = errorCatalogue[code];
  return new ORPCError(code, {
    status,
    message: message ?? standard,
    data: { retryable, ...data },
    defined: true,
  });
}

/** The value of a result; its refusal becomes an error of the catalogue. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw wireError(result.code, result.message);
}

/** Interceptor of a handler: a body that cannot be read, or is too large to be, is the caller's mistake. */
export async function readableInput<T>(call: { next(): Promise<T> }): Promise<T> {
  try {
    return await call.next();
  } catch (error) {
    // Procedures throw errors of the catalogue only: what is none of them was thrown while the body was read.
    if (!(error instanceof ORPCError)) throw wireError('BAD_REQUEST', 'input: expected JSON');
    if (error instanceof ORPCError && error.code === 'PAYLOAD_TOO_LARGE')
      throw wireError('PAYLOAD_TOO_LARGE');
    throw error;
  }
}

/** Interceptor of every procedure: lets only errors of the catalogue out. */
export async function onlyWireErrors<T>(call: { next(): Promise<T> }): Promise<T> {
  try {
    return await call.next();
  } catch (error) {
    throw asWireError(error);
  }
}

/**
 * Turns whatever a procedure threw into an error of the catalogue. Wrong input names the field and what was expected
 * there, and never echoes what was sent: it may hold a token. What we did not foresee is logged and told as INTERNAL.
 */
export function asWireError(error: unknown): ORPCError<string, unknown> {
  if (error instanceof ORPCError) return error.cause instanceof ValidationError ? invalidInput(error) : error;
  log.error('procedure failed', error);
  return wireError('INTERNAL');
}

function invalidInput(error: ORPCError<string, unknown>): ORPCError<string, unknown> {
  if (error.code !== 'BAD_REQUEST') {
    log.error('an answer did not fit its contract', error.cause);
    return wireError('INTERNAL');
  }
  const issue = (error.cause as ValidationError).issues[0];
  const field = (issue?.path ?? [])
    .map((part) => String(typeof part === 'object' ? part.key : part))
    .map((name) => (FIELD_NAME.test(name) ? name : '?'))
    .join('.')
    .slice(0, MAX_FIELD);
  const expected = issue?.message.replace(/ but received .*$/s, '').slice(0, 300) ?? 'something else';
  return wireError('BAD_REQUEST', `${field || 'input'}: ${expected}`, { field, expected });
}
