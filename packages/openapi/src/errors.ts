/** How errors are told in the document: one schema, and an answer for each status that any call can have. */
import { errorCatalogue } from '@fettle/contract';
import type { Content, JsonSchema, Reference, Response } from './openapi.ts';

const catalogue = Object.entries(errorCatalogue);
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** `ErrorCode` tells all codes; `Error` is the body over REST, `RpcError` the same in the envelope of RPC. */
export const errorSchemas: Record<string, JsonSchema> = {
  ErrorCode: {
    type: 'string',
    enum: catalogue.map(([code]) => code),
    description: catalogue
      .map(
        ([code, { status, message, retryable }]) =>
          `\`${code}\` ${status}${retryable ? ', may pass' : ''}: ${message}.`,
      )
      .join('\n'),
    'x-fettle-errors': Object.fromEntries(catalogue),
  },
  Error: {
    type: 'object',
    description: 'Every answer that is no success. What was sent is never repeated in it.',
    properties: {
      code: ref('ErrorCode'),
      status: { type: 'integer', description: 'The status of the answer.' },
      message: { type: 'string', description: 'For people; may change.' },
      data: ref('ErrorData'),
    },
    required: ['code', 'status', 'message', 'data'],
  },
  RpcError: {
    type: 'object',
    description: 'An error of what machines call.',
    properties: { json: ref('Error') },
    required: ['json'],
  },
};

/** Statuses that every call can have, with a code that comes with each. Anything else is told by `default`. */
const USUAL = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL',
} as const;

const RETRY_AFTER: { description: string; schema: JsonSchema } = {
  description: 'Seconds until the next call can be taken.',
  schema: { type: 'integer', minimum: 0 },
};

type Envelope = 'Error' | 'RpcError';

/** Components: an answer for each usual status, in both envelopes, and one for all others. */
export const errorResponses: Record<string, Response> = Object.fromEntries(
  (['Error', 'RpcError'] as const).flatMap((envelope) => [
    ...Object.entries(USUAL).map(([status, code]) => [
      `${envelope}${status}`,
      responseOf(envelope, status, code),
    ]),
    [`${envelope}Other`, { description: 'Any other code of the catalogue.', content: contentOf(envelope) }],
  ]),
);

/** The answers of one operation besides its success. */
export function errorsOf(envelope: Envelope): Record<string, Reference> {
  const names = [...Object.keys(USUAL), 'default'];
  return Object.fromEntries(
    names.map((status) => [
      status,
      { $ref: `#/components/responses/${envelope}${status === 'default' ? 'Other' : status}` },
    ]),
  );
}

function responseOf(envelope: Envelope, status: string, code: keyof typeof errorCatalogue): Response {
  const { message, retryable } = errorCatalogue[code];
  const error = { code, status: Number(status), message, data: { retryable } };
  const codes = catalogue.filter(([, one]) => String(one.status) === status).map(([name]) => `\`${name}\``);
  return {
    description: `${message}. Codes: ${codes.join(', ')}.`,
    ...(status === '429' ? { headers: { 'retry-after': RETRY_AFTER } } : {}),
    content: contentOf(envelope, envelope === 'Error' ? error : { json: error }),
  };
}

function contentOf(envelope: Envelope, example?: unknown): Content {
  return { 'application/json': { schema: ref(envelope), ...(example === undefined ? {} : { example }) } };
}
