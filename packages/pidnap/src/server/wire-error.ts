import { ORPCError, ValidationError } from '@orpc/server';
import type * as v from 'valibot';
import { describeIssues } from '../core/problems.ts';
import { RefusedError, type Refusal } from '../shell/refused-error.ts';

const STATUS: Record<Refusal['code'], number> = {
  PROCESS_NOT_FOUND: 404,
  PROCESS_CONFLICT: 409,
  INVALID_DEFINITION: 422,
  INVALID_CONFIG: 422,
  NOT_RUNNING: 409,
  ACTION_ID_REUSED: 409,
  ACTION_INTERRUPTED: 409,
  SHUTTING_DOWN: 503,
};

/**
 * The error as the contract knows it. Validation errors come as problems with paths: the original repeats the whole
 * input, secrets included. `inputSchema` tells which field was meant by an unknown one. What is neither is a fault of ours and is logged; the caller learns no more than that.
 */
export function toWireError(error: unknown, inputSchema?: unknown): unknown {
  if (error instanceof RefusedError) return fromRefusal(error);
  if (!(error instanceof ORPCError)) {
    console.error('pidnap: a request failed', error);
    return error;
  }
  const { cause } = error;
  if (!(cause instanceof ValidationError)) return error;
  const issues = cause.issues as readonly v.BaseIssue<unknown>[];
  if (error.code === 'BAD_REQUEST') {
    const problems = describeIssues(issues, inputSchema as v.GenericSchema | undefined);
    return new ORPCError('BAD_REQUEST', { message: problems.join('; '), data: { problems } });
  }
  console.error('pidnap: an answer does not fit the contract', describeIssues(issues));
  return new ORPCError('INTERNAL_SERVER_ERROR');
}

function fromRefusal({ refusal, message }: RefusedError): ORPCError<string, unknown> {
  const { code, ...data } = refusal;
  return new ORPCError(code, { status: STATUS[code], message, data });
}
