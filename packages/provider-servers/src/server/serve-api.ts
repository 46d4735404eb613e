import { setTimeout as pause } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { Fault } from '../contract/test-controls.ts';
import type { PublishedOperation } from '../spec/extract.ts';
import type { RawRequest, Specification } from '../spec/specification.ts';
import { Refusal, type Answer, type Call, type Handlers } from './call.ts';
import type { Floor } from './floor.ts';

/** The server's application, with Node's own request and response at hand. */
export type ServerApp = Hono<{ Bindings: HttpBindings }>;
type ServerContext = Context<{ Bindings: HttpBindings }>;

/** An API that is served: what is published of it, and what is our own. */
export type Api = {
  specification: Specification;
  /** Path that the published paths are below, as hono writes it. */
  base: string;
  handlers: Handlers;
  /** Lets a caller in by key and rate: the headers that every answer then carries. Throws a `Refusal`. */
  admit(call: Pick<Call, 'operation' | 'path' | 'request' | 'now'>): Record<string, string>;
  /** An error in the form of this API. */
  errorBody(refusal: Refusal, at: { path: string; method: string; now: number }): unknown;
};

/** Serves every operation of the specification. Throws when one has no handler. */
export function serveApi(app: ServerApp, api: Api, floor: Floor): void {
  // A path without parameters goes first: hono takes the first that fits.
  const operations = api.specification.operations.toSorted(
    (a, b) => a.path.split('{').length - b.path.split('{').length,
  );
  for (const operation of operations) {
    const handler = api.handlers[operation.id];
    if (handler === undefined) throw new Error(`${operation.id} has no handler`);
    const path = `${api.base}${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    app.on(operation.method, path, (context) => serveCall(context, operation, api, floor));
  }
}

async function serveCall(
  context: ServerContext,
  operation: PublishedOperation,
  api: Api,
  floor: Floor,
): Promise<Response> {
  const { faults, requests } = floor;
  const forThis = (fault: { operation?: string }) =>
    fault.operation === undefined || fault.operation === operation.id;
  const request = context.req.raw;
  const raw = await rawRequest(context, operation);
  const response = await answerWithFaults();
  const lost = faults.take('lose-answer', forThis) !== null;
  requests.record({
    at: floor.now(),
    operation: operation.id,
    method: operation.method,
    path: context.req.path,
    body: raw.body instanceof Error ? null : raw.body,
    status: lost ? null : response.status,
  });
  if (!lost) return response;
  context.env.incoming.socket.destroy();
  return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });

  async function answerWithFaults(): Promise<Response> {
    const slow = faults.take('slow', forThis);
    if (slow !== null) await pause(slow.ms, undefined, { ref: false });
    const html = faults.take('html', forThis);
    if (html !== null) return htmlPage(html);
    const refused = faults.take('refuse', forThis);
    if (refused !== null) return json(refused.status, refused.body);
    return answerCall();
  }

  async function answerCall(): Promise<Response> {
    let headers: Record<string, string> = {};
    try {
      headers = api.admit({ operation: operation.id, request, now: floor.now(), path: raw.path });
      const answer = await handle();
      if ('response' in answer) return answer.response;
      const mismatch = api.specification.checkAnswer(operation, answer.status, asJson(answer.body));
      if (mismatch !== null)
        floor.onBadAnswer(`${operation.id} answers ${mismatch.field}, which ${mismatch.expected}`);
      return json(answer.status, answer.body, { ...headers, ...answer.headers });
    } catch (error) {
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, 'Internal server error', { cause: error });
      if (error !== refusal) floor.log(`${operation.id} failed: ${reason(error)}`);
      else if (refusal.status >= 500) floor.log(`${operation.id} is refused: ${refusal.message}`);
      const at = { path: context.req.path, method: operation.method, now: floor.now() };
      return json(refusal.status, api.errorBody(refusal, at), { ...headers, ...refusal.headers });
    }
  }

  async function handle(): Promise<Answer> {
    if (raw.body instanceof Error) throw new Refusal(400, 'body must be JSON');
    const checked = api.specification.checkRequest(operation, raw);
    if ('mismatch' in checked)
      throw new Refusal(400, `${checked.mismatch.field} ${checked.mismatch.expected}`);
    const call: Call = {
      operation: operation.id,
      path: raw.path,
      parameters: checked.parameters,
      body: raw.body,
      request,
      now: floor.now(),
    };
    return api.handlers[operation.id]!(call);
  }
}

/** Reads a request; its body only where the specification describes a JSON one. */
async function rawRequest(context: ServerContext, operation: PublishedOperation): Promise<RawRequest> {
  const queries = Object.entries(context.req.queries()).map(([name, values]): [string, string | string[]] => [
    name,
    values.length === 1 ? values[0]! : values,
  ]);
  return {
    path: context.req.param() as Record<string, string>,
    query: Object.fromEntries(queries),
    headers: context.req.raw.headers,
    body: operation.body === null ? undefined : await jsonBody(context.req.raw),
  };
}

/** `undefined` for an empty body, an `Error` for one that is no JSON. */
async function jsonBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

/** What the answer is once it has been written and read: what is `undefined` is not there. */
function asJson(body: unknown): unknown {
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body));
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  if (body === undefined) return new Response(null, { status, headers });
  return Response.json(body, { status, headers });
}

function htmlPage({ status }: Extract<Fault, { kind: 'html' }>): Response {
  const page = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`;
  return new Response(page, { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
