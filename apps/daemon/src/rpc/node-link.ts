import { ORPCError, isORPCErrorJson, type ClientLink } from '@orpc/client';
import { once } from 'node:events';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { withRetryAfter } from './retry-after.ts';
import { readAnswer, readEvents } from './read-answer.ts';

/** Where the other side is. */
export type LinkOptions = {
  /** URL below which its procedures are; with `socketPath` only the path in it counts. */
  url: string;
  /** Path of a unix socket. */
  socketPath?: string;
  /** Bearer token. */
  token?: string;
  /** A longer answer is an error, and so is a longer single event. */
  maxAnswerBytes: number;
};

/**
 * A link for oRPC's clients over `node:http`, in oRPC's RPC format. oRPC's own link is made for `fetch`: that costs a
 * daemon that sends four small requests a minute 20 MB of memory. Plain JSON and event streams are all that our contracts
 * use; an answer with a type that JSON does not have is refused.
 *
 * Fails with an `ORPCError` when the other side says so or answers anything that is no RPC, with the system's error when
 * it is not reached, and with the abort's reason as the cause when `signal` ended it.
 */
export function createNodeLink({ url, socketPath, token, maxAnswerBytes }: LinkOptions): ClientLink<object> {
  const base = new URL(url);
  // Requests are far apart: a kept connection would be closed by the other side just when it is used again.
  const target: RequestOptions = {
    method: 'POST',
    agent: false,
    ...(socketPath === undefined
      ? { protocol: base.protocol, hostname: base.hostname.replace(/^\[|\]$/g, ''), port: base.port }
      : { socketPath }),
  };
  const send = base.protocol === 'https:' ? process.getBuiltinModule('node:https').request : request;
  const prefix = base.pathname.replace(/\/+$/, '');

  return {
    async call(path, input, { signal }) {
      const body = JSON.stringify({ json: input });
      const outgoing = send({
        ...target,
        path: `${prefix}/${path.map(encodeURIComponent).join('/')}`,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(signal && { signal }),
      });
      const answered = once(outgoing, 'response');
      outgoing.end(body);
      const [answer] = (await answered) as [IncomingMessage];
      if (isEventStream(answer)) return readEvents(answer, maxAnswerBytes);
      return readResult(answer, maxAnswerBytes);
    },
  };
}

function isEventStream({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('text/event-stream') ?? false;
}

async function readResult(answer: IncomingMessage, maxBytes: number): Promise<unknown> {
  const status = answer.statusCode ?? 0;
  const succeeded = status >= 200 && status < 300;
  const retryAfter = answer.headers['retry-after'];
  try {
    const result = await readAnswer(answer, maxBytes);
    if (succeeded) return result;
    if (isORPCErrorJson(result)) throw withRetryAfter(new ORPCError(result.code, result), retryAfter);
  } catch (error) {
    // Whoever is in between, such as a proxy, answers in its own words: the status says enough.
    if (succeeded || error instanceof ORPCError || answer.errored !== null) throw error;
  }
  const unexpected = new ORPCError('UNEXPECTED_ANSWER', {
    status: status >= 400 ? status : 502,
    message: `HTTP ${status} without an error of the RPC`,
  });
  throw withRetryAfter(unexpected, retryAfter);
}
