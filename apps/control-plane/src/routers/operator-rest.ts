import { errorCatalogue, OPERATOR_API, type ErrorCode } from '@fettle/contract';
import { OpenAPIHandler } from '@orpc/openapi/fetch';
import type { InferRouterInitialContexts } from '@orpc/server';
import { BodyLimit } from './body-limit.ts';
import { queryInput } from './coerce-query.ts';
import { operatorRouter } from './operator-router.ts';
import { onlyWireErrors, readableInput } from './rpc-errors.ts';

type OperatorContext = InferRouterInitialContexts<typeof operatorRouter>['projects']['list'];

/** What an error says over REST: what RPC says, without an envelope. */
type RestError = { code: string; status: number; message: string; data?: unknown };

/**
 * What operators ask by REST, below `OPERATOR_API`, of whoever was let in already. It is the router of RPC, with all of
 * its checks: only paths, methods and bodies read differently.
 */
export function restApi(
  maxBodySize: number,
): (request: Request, context: OperatorContext) => Promise<Response> {
  const handler = new OpenAPIHandler(operatorRouter, {
    plugins: [new BodyLimit({ maxBodySize })],
    interceptors: [readableInput],
    clientInterceptors: [
      ({ next, ...call }) => next({ ...call, input: queryInput(call.procedure, call.input) }),
      onlyWireErrors,
    ],
    customErrorResponseBodyEncoder: withoutEnvelope,
  });
  return async (request, context) => {
    if (!isReadable(request)) return restError('BAD_REQUEST', 'content-type: expected application/json');
    const { response } = await handler.handle(request, { prefix: OPERATOR_API, context });
    return response ?? restError('NOT_FOUND');
  };
}

/** An answer of RPC that refuses somebody before a procedure is reached, in the form of REST. */
export async function asRestRefusal(refused: Response): Promise<Response> {
  const { json } = await refused.json<{ json: RestError }>();
  return Response.json(withoutEnvelope(json), { status: refused.status, headers: refused.headers });
}

function restError(code: ErrorCode, message?: string): Response {
  const { status, message: standard, retryable } = errorCatalogue[code];
  const error: RestError = { code, status, message: message ?? standard, data: { retryable } };
  return Response.json(error, { status });
}

function withoutEnvelope({ code, status, message, data }: RestError): RestError {
  return { code, status, message, data };
}

/** Forms, files and event streams are nothing that a procedure takes. A request without a body needs no type. */
function isReadable({ headers, body }: Request): boolean {
  if (headers.has('content-disposition')) return false;
  const type = headers.get('content-type');
  return type === null || body === null || /^application\/json(?:;|$)/i.test(type.trim());
}
