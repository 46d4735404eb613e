import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A request on its way. The body is read only where it is small: commands, not archives. */
export type Passing = { method: string; path: string; body: string };

/** What is done with a request that a rule is about. */
export type Treatment =
  /** Answered here; the other side never hears of it. */
  | { do: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  /** Carried out, and the answer is lost with its connection. */
  | { do: 'cut-reply' }
  /** Carried out, and nobody ever answers. */
  | { do: 'swallow-reply' }
  /** Neither carried out nor answered. */
  | { do: 'hold' }
  /** The connection breaks at once. */
  | { do: 'refuse' }
  /** Carried out; the answer comes later. */
  | { do: 'delay'; ms: number }
  /** Carried out; the answer begins at once and its body never ends. */
  | { do: 'stall-body' }
  /** Carried out; the answer says something else. */
  | { do: 'edit'; edit: (body: string) => string }
  /** Carried out after something else was done first. */
  | { do: 'after'; work: () => Promise<unknown> };

/** Says what is to be done with a request; nothing: it passes. */
export type Rule = (passing: Passing) => Treatment | null;

/** An HTTP proxy that does to requests what networks and overloaded servers do. */
export type Interceptor = {
  /** Every request from now on until the returned function is called. */
  add(rule: Rule): () => void;
  close(): Promise<void>;
};

type Listen = { port: number } | { socketPath: string };

const SMALL_BYTES = 64 * 1024;

/** Opens a proxy at `listen` in front of `target`. Upgraded connections pass as they are, unless a rule is about them. */
export async function openInterceptor(listen: Listen, target: Listen): Promise<Interceptor> {
  const rules = new Set<Rule>();
  const sockets = new Set<Socket>();
  const to = 'port' in target ? { host: '127.0.0.1', port: target.port } : target;
  const treat = (passing: Passing): Treatment | null => {
    for (const rule of rules) {
      const treatment = rule(passing);
      if (treatment !== null) return treatment;
    }
    return null;
  };

  const server = createServer((request, response) => {
    intercept(request, response, { to, treat }).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const treatment = treat({ method: request.method ?? '', path: request.url ?? '', body: '' });
    if (treatment?.do === 'hold') return;
    if (treatment !== null) return void socket.destroy();
    const onward = connect('port' in to ? to : { path: to.socketPath });
    onward.write(`${rawHead(request)}\r\n\r\n`);
    onward.write(head);
    for (const [from, into] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      from.pipe(into);
      from.on('error', () => into.destroy());
    }
  });
  server.listen('port' in listen ? { ...listen, host: '127.0.0.1' } : listen.socketPath);
  await once(server, 'listening');

  return {
    add(rule) {
      rules.add(rule);
      return () => rules.delete(rule);
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function intercept(
  request: IncomingMessage,
  response: ServerResponse,
  { to, treat }: { to: RequestOptions; treat: Rule },
): Promise<void> {
  const { method = 'GET', url: path = '/', headers } = request;
  const isSmall = Number(headers['content-length'] ?? Infinity) <= SMALL_BYTES;
  const body = isSmall ? await textOf(request) : '';
  const treatment = treat({ method, path, body });
  if (treatment?.do === 'refuse') return void response.destroy();
  if (treatment?.do === 'hold') return;
  if (treatment?.do === 'answer') {
    response.writeHead(treatment.status, treatment.headers).end(treatment.body);
    return;
  }
  if (treatment?.do === 'after') await treatment.work();

  const onward = send({ ...to, method, path, headers, agent: false });
  response.on('close', () => onward.destroy());
  if (isSmall) onward.end(body);
  else request.pipe(onward);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  const { statusCode = 502 } = answer;
  switch (treatment?.do) {
    case 'cut-reply':
      await textOf(answer);
      return void response.destroy();
    case 'swallow-reply':
      return void (await textOf(answer));
    case 'stall-body':
      response.writeHead(statusCode, answer.headers).write((await textOf(answer)).slice(0, 1));
      return;
    case 'edit': {
      const text = treatment.edit(await textOf(answer));
      const { 'content-length': _, 'transfer-encoding': __, ...kept } = answer.headers;
      response.writeHead(statusCode, { ...kept, 'content-length': Buffer.byteLength(text) }).end(text);
      return;
    }
    case 'delay':
      await pause(treatment.ms);
      break;
  }
  response.writeHead(statusCode, answer.headers);
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function rawHead({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return lines.join('\r\n');
}
