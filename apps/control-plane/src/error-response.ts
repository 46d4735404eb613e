import { errorCatalogue, type ErrorCode } from '@fettle/contract';

/** An error of the catalogue as an answer of its own, in the form in which procedures answer it. */
export function errorResponse(code: ErrorCode, headers: Record<string, string> = {}): Response {
  const { status, message, retryable } = errorCatalogue[code];
  const error = { defined: true, code, status, message, data: { retryable } };
  return Response.json({ json: error }, { status, headers });
}
