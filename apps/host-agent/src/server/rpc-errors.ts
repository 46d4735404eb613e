import { errorCatalogue } from '@fettle/contract/errors';
import { ORPCError, ValidationError } from '@orpc/server';
import * as v from 'valibot';
import { HostFailure, toHostFailure } from '../host-failure.ts';
import { errorBody } from './error-answer.ts';

/**
 * The error that a caller gets to see for one that a procedure threw. Input is never repeated in it: valibot's issues
 * carry what was sent, so only the field's path and what was expected there are taken over.
 */
export function toWireError(error: unknown, log: (message: string) => void): ORPCError<string, unknown> {
  if (error instanceof ORPCError) {
    if (error.code === 'BAD_REQUEST') return wire(inputFailure(error));
    if (error.cause instanceof ValidationError) {
      log(
        `an answer does not fit the contract: ${error.cause.issues.map(({ message }) => message).join(', ')}`,
      );
      return wire(new HostFailure('INTERNAL'));
    }
    return error;
  }
  const failure = toHostFailure(error);
  if (!(error instanceof HostFailure))
    log(`unexpected failure: ${error instanceof Error ? error.stack : String(error)}`);
  return wire(failure);
}

function inputFailure(error: ORPCError<string, unknown>): HostFailure {
  if (!(error.cause instanceof ValidationError)) return new HostFailure('BAD_REQUEST');
  const [issue] = error.cause.issues as v.BaseIssue<unknown>[];
  if (issue === undefined) return new HostFailure('BAD_REQUEST');
  const field = v.getDotPath(issue) ?? '(input)';
  return new HostFailure('BAD_REQUEST', undefined, { field, expected: expectation(issue) });
}

/** Valibot's own messages name what was received; ours are written for the schema and do not. */
function expectation(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message.slice(0, 200);
  return (issue.expected ?? issue.type).slice(0, 200);
}

function wire(failure: HostFailure): ORPCError<string, unknown> {
  const { data, message } = errorBody(failure).json;
  const { status } = errorCatalogue[failure.code];
  return new ORPCError(failure.code, { defined: true, status, message, data, cause: failure });
}
