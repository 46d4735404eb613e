import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkSettings } from './contract/engine-settings.ts';
import { FULL_RATE, Sampler } from './core/sampling.ts';
import { EngineError } from './errors.ts';
import { type Answer, textAnswer } from './server/answer.ts';
import { BodyMemory } from './server/body.ts';
import { type Parts, route } from './server/routes.ts';
import { Throttle } from './server/throttle.ts';
import { openStore } from './store/store.ts';

export type EngineOptions = {
  /** Where the data is kept; made when it is missing. */
  folder: string;
  /** Bearer token of both endpoints. */
  token: string;
  /** Account id in the path of the SQL API. */
  accountId: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0, which takes a free port. */
  port?: number;
  /** Days after which data points are dropped. Default 90, as in production. */
  retentionDays?: number;
  /** Samples what is written; `fullRate` is in points per second of one index value. Default: every point is kept. */
  sample?: { fullRate?: number; random?: () => number } | null;
  /** Queries per minute before the SQL API answers 429. Default: no limit. */
  queriesPerMinute?: number | null;
  /** How long a query may run. Default 30 s. */
  queryDeadlineMs?: number;
  /** How long the first rows of an insert wait for others. Default 2 ms. */
  gatherMs?: number;
  /** Bytes of rows that may wait for the disk. Default 64 MB. */
  maxWaitingBytes?: number;
  /** Clock of the timestamps, in Unix milliseconds. Default: the system's. */
  now?: () => number;
  /** Told of failures that are nobody's input. Default: standard error. */
  onError?: (error: unknown) => void;
};

/** An engine that listens. */
export type Engine = {
  /** e.g. `http://127.0.0.1:8790` */
  url: string;
  /** Where statements are posted to. */
  sqlUrl: string;
  /** Stops listening, writes what was taken, and gives the folder free. May be called again. */
  close(): Promise<void>;
};

const MB = 1024 * 1024;

/** How long callers may take for what they have begun when the engine closes. */
const CLOSE_GRACE_MS = 2000;

/**
 * Opens the folder and listens. Fails with an EngineError (NO_BINARY, FOLDER_IN_USE, FOLDER_UNUSABLE or PORT_TAKEN), or
 * with a TypeError that names the option that is wrong.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  checkSettings(options);
  const now = options.now ?? Date.now;
  const store = await openStore({
    folder: options.folder,
    retentionDays: options.retentionDays ?? 90,
    gatherMs: options.gatherMs ?? 2,
    maxWaitingBytes: options.maxWaitingBytes ?? 64 * MB,
    query: {
      deadlineMs: options.queryDeadlineMs ?? 30_000,
      maxMemoryBytes: 1024 * MB,
      maxAnswerBytes: 256 * MB,
    },
  });
  const { sample, queriesPerMinute } = options;
  const server = serve(
    {
      store,
      sampler: sample ? new Sampler({ fullRate: FULL_RATE, random: Math.random, ...sample }) : null,
      throttle: queriesPerMinute ? new Throttle({ perMinute: queriesPerMinute, now }) : null,
      bodies: new BodyMemory(64 * MB),
      accountId: options.accountId,
      token: options.token,
      now,
    },
    options.onError ?? ((error) => console.error(error)),
  );
  try {
    const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
    let closing: Promise<void> | null = null;
    return {
      url,
      sqlUrl: `${url}/client/v4/accounts/${options.accountId}/analytics_engine/sql`,
      close() {
        closing ??= stop(server).then(() => store.close());
        return closing;
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function serve(parts: Parts, onError: (error: unknown) => void): Server {
  return createServer({ requestTimeout: 30_000 }, (request, response) => {
    route(parts, request)
      .catch((error: unknown) => {
        onError(error);
        return textAnswer(500, 'Internal error');
      })
      .then((answer) => {
        request.resume(); // what was not read is thrown away as it comes, for 30 s at most
        if (answer !== null) send(response, answer);
      })
      .catch(onError);
  });
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** A server that closes no longer ends callers who never finish what they send: they are cut off here. */
async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new EngineError('PORT_TAKEN', `port ${port} of ${host} is taken`, { cause });
  }
  const address = server.address() as AddressInfo;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
