import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { machineToken, renewalToken } from '../../test/credentials.ts';
import { env, report } from '../../test/in-workerd.ts';
import type { Env } from '../env.ts';
import worker from '../worker.ts';

const ANSWER = { ok: true, value: { reportEveryMs: 30_000 } };

/** The worker, over objects that count who is woken and answer at once. */
function countingWorker(over: Partial<Env> = {}) {
  const wakes: { machineId: string; at: number }[] = [];
  const woken = (machineId: string) => async () => {
    wakes.push({ machineId, at: Date.now() });
    return ANSWER;
  };
  const renew = async () => ({ ok: true, value: null });
  const getByName = (machineId: string) => ({ report: woken(machineId), renew });
  const bound = { ...env, MACHINES: { getByName } as never, ...over };
  const ask = (path: string, init: RequestInit) =>
    worker.fetch(new Request(`http://plane.test${path}`, init) as never, bound, createExecutionContext());
  const sendReport = async (token: string, body: BodyInit = JSON.stringify({ json: report() })) =>
    ask('/machine/v1/rpc/report', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    });
  return { wakes, ask, sendReport };
}

let fleets = 0;
/** Machines that nobody has heard of. */
function fleet(size: number): string[] {
  fleets += 1;
  return Array.from({ length: size }, (_, index) => `flood-${fleets}.web-${index + 1}.1`);
}

describe('a machine that floods', () => {
  test('wakes its object twice a second at most, and every call of its neighbours is taken', async () => {
    const { wakes, sendReport } = countingWorker();
    const [abuser = '', ...neighbours] = fleet(21);
    const token = await machineToken(abuser);
    const theirs = await Promise.all(neighbours.map((machineId) => machineToken(machineId)));
    const began = Date.now();
    const statuses = { abuser: new Map<number, number>(), neighbours: new Set<number>() };
    for (let round = 0; round < 20; round++) {
      const flood = Array.from({ length: 150 }, () => sendReport(token));
      // Each neighbour reports once, in the middle of it.
      const neighbour = await sendReport(theirs[round] ?? '');
      statuses.neighbours.add(neighbour.status);
      for (const { status } of await Promise.all(flood))
        statuses.abuser.set(status, (statuses.abuser.get(status) ?? 0) + 1);
    }
    const seconds = Math.ceil((Date.now() - began + 1) / 1000);
    const own = wakes.filter(({ machineId }) => machineId === abuser);
    expect(statuses.neighbours).toEqual(new Set([200]));
    expect(wakes.length - own.length).toBe(neighbours.length);
    expect([...statuses.abuser.keys()].toSorted()).toEqual([200, 429]);
    expect((statuses.abuser.get(200) ?? 0) + (statuses.abuser.get(429) ?? 0)).toBe(3000);
    expect(own.length).toBeLessThanOrEqual(2 * seconds);
    for (const { at } of own)
      expect(own.filter((one) => one.at >= at && one.at < at + 1000).length).toBeLessThanOrEqual(2);
  });

  test('with credentials that were taken back keeps the machine that has newer ones from nothing', async () => {
    const { ask, sendReport } = countingWorker();
    const [machine = ''] = fleet(1);
    const stolen = await renewalToken(machine, { epoch: 1 });
    const headers = { authorization: `Bearer ${stolen}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ json: { rotate: false } });
    const flood = () =>
      Promise.all(
        Array.from({ length: 50 }, () =>
          ask('/machine/v1/credentials/renew', { method: 'POST', headers, body }),
        ),
      );
    const statuses = (await flood()).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(48);
    expect((await sendReport(await machineToken(machine, { epoch: 2 }))).status).toBe(200);
  });

  test('is told when to come again', async () => {
    const { sendReport } = countingWorker();
    const [abuser = ''] = fleet(1);
    const token = await machineToken(abuser);
    const answers = await Promise.all([1, 2, 3].map(() => sendReport(token)));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect(refused?.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(await refused?.json()).toMatchObject({
      json: { code: 'TOO_MANY_REQUESTS', data: { retryable: true } },
    });
  });

  test('is refused before anything that it says is read', async () => {
    const { sendReport } = countingWorker();
    const [abuser = ''] = fleet(1);
    const token = await machineToken(abuser);
    for (const _ of [1, 2]) await sendReport(token);
    expect((await sendReport(token, '{ this is no JSON')).status).toBe(429);
  });

  test('is refused by the count over all isolates, which is asked after ours', async () => {
    const asked: string[] = [];
    const limit = async ({ key }: RateLimitOptions) => {
      asked.push(key);
      return { success: false };
    };
    const { wakes, sendReport } = countingWorker({ MACHINE_RATE: { limit } });
    const [abuser = ''] = fleet(1);
    const token = await machineToken(abuser);
    const answers = await Promise.all([1, 2, 3].map(() => sendReport(token)));
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429]);
    expect(asked).toEqual([`${abuser}/1`, `${abuser}/1`]);
    expect(wakes).toEqual([]);
  });

  test('goes on when that count cannot be had', async () => {
    const { sendReport } = countingWorker({
      MACHINE_RATE: { limit: () => Promise.reject(new Error('no limits today')) },
    });
    const [machine = ''] = fleet(1);
    expect((await sendReport(await machineToken(machine))).status).toBe(200);
  });
});

test('a machine whose evidence cannot be kept is told so, in the form of all errors', async () => {
  const [machineId = ''] = fleet(1);
  const { ask } = countingWorker({
    EVIDENCE: { get: () => Promise.reject(new Error('the bucket is away')) } as unknown as R2Bucket,
  });
  const headers = { authorization: `Bearer ${await machineToken(machineId)}` };
  const answer = await ask(`/machine/v1/evidence/${machineId}/1/logs.txt`, { headers });
  expect([answer.status, await answer.json()]).toMatchObject([500, { json: { code: 'INTERNAL' } }]);
});

describe('garbage', () => {
  test.each<[string, RequestInit]>([
    ['no token', {}],
    [
      'a made-up token',
      { headers: { authorization: `Bearer fmt2.AAAAAAAA.${'A'.repeat(200)}.${'A'.repeat(43)}` } },
    ],
    ['a token of the form before', { headers: { authorization: 'Bearer fmt1.AAAA.AAAA' } }],
    ['a token of operators', { headers: { authorization: `Bearer ${env.FETTLE_OPERATOR_TOKEN}` } }],
  ])('with %s wakes no object', async (_, init) => {
    const { wakes, ask } = countingWorker();
    for (const path of ['rpc/report', 'rpc/reportMetrics', 'credentials/renew', 'credentials/bootstrap'])
      expect((await ask(`/machine/v1/${path}`, { method: 'POST', body: '{}', ...init })).status).toBe(401);
    expect((await ask('/machine/v1/evidence/1/logs.txt', { method: 'PUT', body: 'x', ...init })).status).toBe(
      401,
    );
    expect(wakes).toEqual([]);
  });

  test('that says it is large is refused before its token is looked at', async () => {
    const { ask } = countingWorker();
    const headers = { 'content-length': String(64 * 1024 * 1024) };
    for (const path of ['rpc/report', 'credentials/renew', 'evidence/1/logs.txt'])
      expect((await ask(`/machine/v1/${path}`, { method: 'PUT', body: '{}', headers })).status).toBe(413);
  });

  test('behind a good token wakes nobody either', async () => {
    const { wakes, sendReport } = countingWorker();
    const [machine = ''] = fleet(1);
    expect((await sendReport(await machineToken(machine), '{"json":{"bootId":7}}')).status).toBe(400);
    expect(wakes).toEqual([]);
  });
});
