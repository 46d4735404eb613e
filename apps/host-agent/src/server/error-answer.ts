import type { ServerResponse } from 'node:http';
import { errorCatalogue, type ErrorCode, type ErrorData } from '@fettle/contract/errors';
import { HOST_ERROR_HEADER } from '@fettle/contract/host-agent';
import type { HostFailure } from '../host-failure.ts';

interface ErrorBody {
  json: { defined: true; code: ErrorCode; status: number; message: string; data: ErrorData };
}

/** An error in the form that oRPC clients read, also behind the proxy, where the client expects a machine. */
export function errorBody({ code, message, field, expected }: HostFailure): ErrorBody {
  const { status, retryable } = errorCatalogue[code];
  const data: ErrorData = { retryable };
  if (field !== undefined) data.field = field;
  if (expected !== undefined) data.expected = expected;
  return { json: { defined: true, code, status, message, data } };
}

/** Answers with an error, or breaks the connection when an answer has begun already. */
export function answerError(response: ServerResponse, failure: HostFailure): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = errorBody(failure);
  // The request's body may be unread: the connection cannot be used again.
  response.writeHead(body.json.status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    connection: 'close',
    [HOST_ERROR_HEADER]: failure.code,
  });
  response.end(JSON.stringify(body));
}
