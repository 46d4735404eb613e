import { errorMap, operatorContract } from '@fettle/contract';
import { implement, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/fetch';
import { describe, expect, test } from 'vitest';
import { createFettleClient, FettleError, type FettleClientOptions } from './index.ts';

const os = implement(operatorContract);
const nothing = { id: 'abcdefabcdef', name: 'x', grants: [], createdAt: 1, createdBy: 'root' };
const token = { ...nothing, expiresAt: null, revokedAt: null };

/** A control plane that answers what it is given, one after the other; the last one stays. */
function controlPlane(...answers: (() => Response | Promise<Response> | null)[]) {
  const requests: Request[] = [];
  const handler = new RPCHandler({
    projects: { list: os.projects.list.handler(() => [{ organization: 'acme', project: 'demo' }]) },
    tokens: { create: os.tokens.create.handler(() => ({ ...token, token: 'fop1.secret' })) },
  });
  const fetch = async (request: Request): Promise<Response> => {
    requests.push(request.clone());
    const answer = (answers[Math.min(requests.length, answers.length) - 1] ?? (() => null))();
    if (answer !== null) return answer;
    const { response } = await handler.handle(request, { prefix: '/base/api/v1/rpc' });
    return response ?? new Response(null, { status: 404 });
  };
  return { requests, fetch };
}

function refusal(code: keyof typeof errorMap, headers: Record<string, string> = {}, data = {}): Response {
  const error = new ORPCError(code, { status: errorMap[code].status, message: 'no', data, defined: true });
  return Response.json(
    { json: error.toJSON() },
    { status: error.status, headers: { 'x-request-id': 'request-1', ...headers } },
  );
}

const client = (fetch: FettleClientOptions['fetch'], options: Partial<FettleClientOptions> = {}) =>
  createFettleClient({ url: 'https://fettle.example/base/', token: 'fop1.x', fetch, ...options });

const nextTime = (answer: () => Response) => [answer, () => null];
const makeToken = { name: 'ci', grants: [{ role: 'viewer' as const }] };

describe('a call', () => {
  test('goes to the path of the API below the given URL, with the token and the given headers', async () => {
    const { fetch, requests } = controlPlane();
    const headers = { 'cf-access-client-id': 'me' };
    await expect(client(fetch, { token: () => 'fop1.y', headers }).projects.list()).resolves.toEqual([
      { organization: 'acme', project: 'demo' },
    ]);
    const [request] = requests;
    expect(request?.url).toBe('https://fettle.example/base/api/v1/rpc/projects/list');
    expect(request?.headers.get('authorization')).toBe('Bearer fop1.y');
    expect(request?.headers.get('cf-access-client-id')).toBe('me');
  });

  test('is rejected with the code, the field and the name of the request', async () => {
    const data = { retryable: false, field: 'name', expected: 'a name' };
    const { fetch } = controlPlane(() => refusal('BAD_REQUEST', {}, data));
    const error: unknown = await client(fetch)
      .tokens.create(makeToken)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FettleError);
    expect(error).toMatchObject({ code: 'BAD_REQUEST', status: 400, requestId: 'request-1', ...data });
  });

  test('takes from the catalogue whether a repeat can help when the answer does not say', async () => {
    const { fetch } = controlPlane(() => refusal('NO_CAPACITY', {}, { retryable: 'perhaps' }));
    await expect(client(fetch, { retries: 0 }).projects.list()).rejects.toMatchObject({
      code: 'NO_CAPACITY',
      retryable: true,
    });
  });

  test.each([
    [
      'a page that asks to log in',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    ],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://login.example' } })],
    ['an error without JSON', () => new Response('Bad gateway', { status: 502 })],
    ['an error that nobody knows', () => Response.json({ json: { code: 'ODD' } }, { status: 418 })],
  ])('does not take %s for an answer', async (_, answer) => {
    const { fetch } = controlPlane(answer);
    await expect(client(fetch, { retries: 0 }).projects.list()).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      status: answer().status,
    });
  });

  test('ends at its deadline, and says so', async () => {
    const { fetch } = controlPlane(() => new Promise<Response>(() => {}));
    const hanging = (request: Request) =>
      Promise.race([
        fetch(request),
        new Promise<never>((_, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)),
        ),
      ]);
    await expect(client(hanging, { timeoutMs: 20 }).projects.list()).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      status: null,
      retryable: true,
    });
  });

  test("is rejected with the reason of the caller's own signal", async () => {
    const { fetch, requests } = controlPlane();
    const signal = AbortSignal.abort(new Error('changed my mind'));
    await expect(client(fetch).projects.list(undefined, { signal })).rejects.toThrow('changed my mind');
    expect(requests).toEqual([]);
  });
});

describe('a repeat', () => {
  const soon = { 'retry-after': '0' };

  test('is made of a read that can succeed later, when the answer allows it', async () => {
    const { fetch, requests } = controlPlane(...nextTime(() => refusal('NO_CAPACITY', soon)));
    await expect(client(fetch).projects.list()).resolves.toHaveLength(1);
    expect(requests).toHaveLength(2);
  });

  test('is made of a read after a broken connection', async () => {
    const { fetch, requests } = controlPlane(
      ...nextTime(() => {
        throw new TypeError('fetch failed');
      }),
    );
    await expect(client(fetch).projects.list()).resolves.toHaveLength(1);
    expect(requests).toHaveLength(2);
  });

  test('is made of a change that was refused before it began', async () => {
    const { fetch, requests } = controlPlane(...nextTime(() => refusal('TOO_MANY_REQUESTS', soon)));
    await expect(client(fetch).tokens.create(makeToken)).resolves.toMatchObject({ token: 'fop1.secret' });
    expect(requests).toHaveLength(2);
  });

  test.each([
    ['INTERNAL', () => refusal('INTERNAL', soon)],
    ['a broken connection', () => Promise.reject(new TypeError('fetch failed'))],
  ])('is not made of a change after %s: it may have been carried out', async (_, answer) => {
    const { fetch, requests } = controlPlane(answer);
    await expect(client(fetch).tokens.create(makeToken)).rejects.toBeInstanceOf(FettleError);
    expect(requests).toHaveLength(1);
  });

  test('is not made of what cannot succeed later', async () => {
    const { fetch, requests } = controlPlane(() => refusal('FORBIDDEN', soon));
    await expect(client(fetch).projects.list()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(requests).toHaveLength(1);
  });

  test('is made as often as was allowed, and the last error is the one that is told', async () => {
    const { fetch, requests } = controlPlane(() => refusal('INTERNAL', soon));
    await expect(client(fetch, { retries: 3 }).projects.list()).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(requests).toHaveLength(4);
  });

  test('that would come after the deadline is not waited for', async () => {
    const { fetch, requests } = controlPlane(() => refusal('TOO_MANY_REQUESTS', { 'retry-after': '3600' }));
    await expect(client(fetch).projects.list()).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
    expect(requests).toHaveLength(1);
  });
});
