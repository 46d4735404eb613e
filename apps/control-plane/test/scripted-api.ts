import type { SendRequest } from '../src/providers/cloud/cloud-means.ts';

/** An answer of a scripted API: a status with JSON, any other response, or none, because the connection broke. */
export type ScriptedAnswer =
  | { status?: number; json: unknown; headers?: Record<string, string> }
  | Response
  | 'lost';

/** A request that was sent. */
export type SentRequest = { method: string; path: string; body: unknown; headers: Headers };

type Script = ScriptedAnswer | ScriptedAnswer[] | ((request: SentRequest) => ScriptedAnswer);

/** Answers requests by `METHOD /path?query` below its base; of a list one after the other, the last one again and again. */
export type ScriptedApi = {
  send: SendRequest;
  /** Adds answers, or replaces them. */
  script(more: Record<string, Script>): void;
  /** Everything that was asked, the oldest first. */
  sent: SentRequest[];
  /** The same as `METHOD /path`; forgets it. */
  take(): string[];
};

/** `base`: what every path is below. */
export function scriptedApi(base: string, first: Record<string, Script> = {}): ScriptedApi {
  const scripts = new Map(Object.entries(first));
  const sent: SentRequest[] = [];
  return {
    sent,
    script: (more) => {
      for (const [call, script] of Object.entries(more)) scripts.set(call, script);
    },
    take: () => sent.splice(0).map(({ method, path }) => `${method} ${path}`),
    async send(request) {
      const path = request.url.startsWith(base) ? request.url.slice(base.length) : request.url;
      const text = await request.text();
      const { method, headers } = request;
      const asked = { method, path, body: bodyOf(text, headers), headers };
      sent.push(asked);
      const script = scripts.get(`${method} ${path}`);
      if (script === undefined) throw new Error(`Nobody expected ${method} ${path}`);
      const next = Array.isArray(script) ? (script.length > 1 ? script.shift() : script[0]) : script;
      const answer = typeof next === 'function' ? next(asked) : next;
      if (answer === undefined) throw new Error(`There is no answer left for ${method} ${path}`);
      if (answer === 'lost') throw new TypeError('fetch failed');
      // A clone shares its body, and could not be cancelled alone.
      if (answer instanceof Response) return new Response(await answer.clone().text(), answer);
      return Response.json(answer.json, { status: answer.status ?? 200, headers: answer.headers ?? {} });
    },
  };
}

/** JSON as what it is, a form as its text. */
function bodyOf(text: string, headers: Headers): unknown {
  if (text === '') return undefined;
  return headers.get('content-type') === 'application/json' ? (JSON.parse(text) as unknown) : text;
}

/** What something between us and an API answers. */
export function htmlPage(status: number): Response {
  const headers = { 'content-type': 'text/html' };
  return new Response('<html><body>Bad gateway</body></html>', { status, headers });
}
