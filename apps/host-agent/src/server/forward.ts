import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Transform } from 'node:stream';
import { HOST_ERROR_HEADER } from '@fettle/contract/host-agent';
import { HostFailure } from '../host-failure.ts';
import { answerError } from './error-answer.ts';

/** Headers that belong to one connection and are never passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** How one request is passed on. */
export interface ForwardOptions {
  request: IncomingMessage;
  response: ServerResponse;
  /** The whole target, path and query included. */
  target: URL;
  headers: IncomingHttpHeaders;
  /** From the first byte sent to the answer's headers. */
  headersWithinMs: number;
  /** Longest silence within the answer's body. */
  silenceMs: number;
  maxBodyBytes: number;
  /** Who did not answer, as an error code. */
  unreachable: 'MACHINE_UNREACHABLE' | 'HOST_UNREACHABLE';
}

/**
 * Passes a request on and streams the answer back. Answers with the `unreachable` error when the target breaks, 504 when it keeps
 * silent, 400 when the body is too large; breaks the connection when it fails within the body.
 */
export function forward(options: ForwardOptions): Promise<void> {
  const { request, response, target, headers, headersWithinMs, silenceMs, maxBodyBytes, unreachable } =
    options;
  return new Promise((resolve) => {
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    // A connection for each request: a kept one may belong to the machine's previous life.
    const outgoing = send(target, { method: request.method, headers, agent: false });
    const deadline = setTimeout(() => fail(new HostFailure('DEADLINE_EXCEEDED')), headersWithinMs);
    const meter = bodyMeter(maxBodyBytes, () =>
      fail(new HostFailure('BAD_REQUEST', 'The body is too large')),
    );
    let over = false;

    function fail(failure: HostFailure): void {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      outgoing.destroy();
      answerError(response, failure);
      resolve();
    }

    outgoing.on('error', (error) => fail(new HostFailure(unreachable, undefined, { cause: error })));
    outgoing.on('response', (incoming) => {
      clearTimeout(deadline);
      if (over) return;
      const { [HOST_ERROR_HEADER]: _claimed, ...headers } = withoutHopByHop(incoming.headers);
      response.writeHead(incoming.statusCode ?? 502, headers);
      incoming.setTimeout(silenceMs, () => fail(new HostFailure('DEADLINE_EXCEEDED')));
      incoming.on('error', () => fail(new HostFailure(unreachable)));
      incoming.on('aborted', () => fail(new HostFailure(unreachable)));
      incoming.pipe(response);
    });
    response.on('close', () => {
      // The caller has its answer or has gone away: nobody waits for the rest.
      over = true;
      clearTimeout(deadline);
      outgoing.destroy();
      resolve();
    });
    request.pipe(meter).pipe(outgoing);
  });
}

/** Headers without those of the connection they came over, and without those that `connection` names. */
export function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

function bodyMeter(maxBytes: number, exceeded: () => void): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) return done(null, chunk);
      exceeded();
      // Swallow the rest: the answer is on its way.
      return done();
    },
  });
}
