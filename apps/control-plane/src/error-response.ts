import { errorCatalogue, type ErrorCode } from '@fettle/contract';

/** An error of the catalogue as an answer of its own, in the form in which procedures answer it. */
export function errorResponse(code: ErrorCode): Response {
  const { status, message, retryable } = errorCatalogue[code];
  return Response.json({ json: { defined: true, code, status, message, data: { retryable } } }, { status });
}
