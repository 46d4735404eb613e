import type { IncomingMessage } from 'node:http';
import {
  BAD_HEADER,
  type GatewayAnswer,
  NO_CREDENTIALS,
  noRoute,
  NOT_POST,
  refuse,
  THROTTLED,
  WRONG_ACCOUNT,
  WRONG_TOKEN,
} from '../core/gateway.ts';
import type { Sampler } from '../core/sampling.ts';
import type { Store } from '../store/store.ts';
import { type Answer, gatewayAnswer, JSON_TYPE, textAnswer } from './answer.ts';
import type { BodyMemory } from './body.ts';
import { ingest, ingestError } from './ingest-endpoint.ts';
import { answerStatement } from './sql-endpoint.ts';
import type { Throttle } from './throttle.ts';
import { checkToken } from './token.ts';

/** Larger bodies are not read. A statement of more than 10,000 characters is refused by the dialect. */
const MAX_STATEMENT_BYTES = 1024 * 1024;
const MAX_INGEST_BYTES = 16 * 1024 * 1024;

/** What the routes need. */
export type Parts = {
  store: Store;
  sampler: Sampler | null;
  throttle: Throttle | null;
  bodies: BodyMemory;
  accountId: string;
  token: string;
  now: () => number;
};

const SQL_PATH = /^\/client\/v4\/accounts\/([^/]+)\/analytics_engine\/sql\/?$/;
const INGEST_PATH = /^\/ingest\/([^/]+)$/;

/** Answers any request. `null`: nobody is there any more. */
export async function route(parts: Parts, request: IncomingMessage): Promise<Answer | null> {
  const path = (request.url ?? '/').split('?', 1)[0]!;
  if (path === '/healthz') return { status: 200, headers: JSON_TYPE, body: '{"ok":true}\n' };
  const account = SQL_PATH.exec(path)?.[1];
  if (account !== undefined) return routeSql(parts, request, { path, account });
  const dataset = INGEST_PATH.exec(path)?.[1];
  if (dataset !== undefined) return routeIngest(parts, request, dataset);
  return gatewayAnswer(noRoute(path));
}

async function routeSql(
  parts: Parts,
  request: IncomingMessage,
  { path, account }: { path: string; account: string },
): Promise<Answer | null> {
  const problem = checkToken(request.headers.authorization, parts.token);
  if (problem !== null) return gatewayAnswer(TOKEN_PROBLEMS[problem]);
  if (account !== parts.accountId) {
    return gatewayAnswer(/^[0-9a-f]{32}$/.test(account) ? WRONG_ACCOUNT : noRoute(path));
  }
  if (request.method !== 'POST') return gatewayAnswer(NOT_POST, { allow: 'POST' });
  const wait = parts.throttle?.take() ?? 0;
  if (wait > 0) return gatewayAnswer(THROTTLED, { 'retry-after': String(wait) });
  return parts.bodies.read(request, MAX_STATEMENT_BYTES, async (body) => {
    switch (body) {
      case 'cut-off':
        return null;
      case 'too-large':
        return gatewayAnswer(refuse(413, 10_413, `Request body is larger than ${MAX_STATEMENT_BYTES} bytes`));
      case 'no-room':
        return textAnswer(503, 'Cannot query at the moment: too many requests at once', {
          'retry-after': '1',
        });
      default:
        return answerStatement(parts.store, body.toString());
    }
  });
}

const TOKEN_PROBLEMS: Record<'missing' | 'malformed' | 'wrong', GatewayAnswer> = {
  missing: NO_CREDENTIALS,
  malformed: BAD_HEADER,
  wrong: WRONG_TOKEN,
};

async function routeIngest(parts: Parts, request: IncomingMessage, dataset: string): Promise<Answer | null> {
  if (checkToken(request.headers.authorization, parts.token) !== null) {
    return ingestError({ code: 'UNAUTHORIZED', message: 'expected a header Authorization: Bearer <token>' });
  }
  if (request.method !== 'POST') {
    return ingestError({ code: 'METHOD_NOT_ALLOWED', message: 'expected POST' });
  }
  return parts.bodies.read(request, MAX_INGEST_BYTES, async (body) => {
    switch (body) {
      case 'cut-off':
        return null;
      case 'too-large':
        return ingestError({
          code: 'PAYLOAD_TOO_LARGE',
          message: `expected at most ${MAX_INGEST_BYTES} bytes`,
        });
      case 'no-room':
        return ingestError({ code: 'OVERLOADED', message: 'too many requests at once', retryable: true });
      default:
        return ingest(parts, dataset, body);
    }
  });
}
