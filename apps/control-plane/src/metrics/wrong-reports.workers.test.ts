import { describe, expect, test } from 'vitest';
import { answerOf, meteredWorker, newIdentity } from '../../test/metered-worker.ts';
import { metricsReport, processPoint, resourcePoint, startupPoint } from '../../test/metric-points.ts';
import { machineToken } from '../../test/credentials.ts';

/** A report as text, with something in it that no type allows. */
function textOf(changed: Record<string, unknown>, point: Record<string, unknown> = {}): string {
  const { points: _, ...report } = metricsReport();
  return JSON.stringify({ json: { ...report, points: [{ ...resourcePoint(), ...point }], ...changed } });
}

const withCpu = (literal: string) =>
  textOf({}, { cpuPercent: 0.5 }).replace('"cpuPercent":0.5', `"cpuPercent":${literal}`);

describe('a report that is not what was agreed', () => {
  test.each<[string, string, string]>([
    ['a number as text', withCpu('"12.5"'), 'points.0.cpuPercent'],
    ['NaN as text', withCpu('"NaN"'), 'points.0.cpuPercent'],
    ['a number beyond all numbers', withCpu('1e999'), 'points.0.cpuPercent'],
    ['a negative number', withCpu('-0.1'), 'points.0.cpuPercent'],
    ['more than 100 percent', withCpu('100.1'), 'points.0.cpuPercent'],
    ['no value where one is needed', textOf({}, { seq: null }), 'points.0.seq'],
    ['a number 0', textOf({}, { seq: 0 }), 'points.0.seq'],
    ['half a number', textOf({}, { seq: 1.5 }), 'points.0.seq'],
    ['an unsafe number', textOf({}, { seq: 2 ** 53 }), 'points.0.seq'],
    ['an age in the future', textOf({}, { ageMs: -1 }), 'points.0.ageMs'],
    ['an age of a year', textOf({}, { ageMs: 365 * 86_400_000 }), 'points.0.ageMs'],
    ['a kind that there is not', textOf({}, { kind: 'gpu' }), 'points.0.kind'],
    ['a source that there is not', textOf({}, { cpuSource: 'top' }), 'points.0.cpuSource'],
    ['a field too many in a point', textOf({}, { gpuPercent: 1 }), 'points.0.gpuPercent'],
    ['a point of another machine', textOf({}, { machineId: 'demo.web-9.1' }), 'points.0.machineId'],
    ['another machine', textOf({ machineId: 'demo.web-9.1' }), 'machineId'],
    ['another organization', textOf({ organization: 'rival' }), 'organization'],
    ['another identity', textOf({ identity: { ...newIdentity(), project: 'rival' } }), 'identity'],
    ['no points', textOf({ points: [] }), 'points'],
    ['points that are none', textOf({ points: 'all' }), 'points'],
    ['a clock before 1970', textOf({ sentAt: -1 }), 'sentAt'],
    [
      'a name that is too long',
      textOf({ points: [processPoint({ name: 'x'.repeat(65) })] }),
      'points.0.name',
    ],
    [
      'a start that took less than no time',
      textOf({ points: [startupPoint({ timeToReadyMs: -1 })] }),
      'points.0.timeToReadyMs',
    ],
    ['1001 points', textOf({ points: Array.from({ length: 1001 }, () => processPoint()) }), 'points'],
    ['no object', '{"json":7}', ''],
    ['nothing', '{}', ''],
  ])('with %s is refused by the name of the field, and nothing of it is written', async (_, text, field) => {
    const plane = meteredWorker();
    const answer = await plane.report(text);
    expect(answer.status).toBe(400);
    expect(await answerOf(answer)).toMatchObject({ code: 'BAD_REQUEST', data: { retryable: false, field } });
    expect(plane.written).toEqual([]);
    expect(plane.touched).toEqual([]);
  });

  test.each([
    ['NaN', [[2, 'points', 0, 'cpuPercent']]],
    ['a big integer', [[0, 'points', 0, 'openFiles']]],
    ['a date', [[1, 'sentAt']]],
  ])('cannot bring in %s by the way in which oRPC writes it', async (_, meta) => {
    const { json } = JSON.parse(textOf({})) as { json: unknown };
    const plane = meteredWorker();
    expect((await plane.report(JSON.stringify({ json, meta }))).status).toBe(400);
    expect(plane.written).toEqual([]);
  });

  test('one wrong point keeps the others from being written: nothing is half done', async () => {
    const plane = meteredWorker();
    const points = [resourcePoint(), { ...resourcePoint({ seq: 2 }), cpuPercent: -1 }];
    expect((await plane.report(textOf({ points }))).status).toBe(400);
    expect(plane.written).toEqual([]);
  });

  test.each([
    ['garbage', '\u0000\u0001garbage'],
    ['half a report', textOf({}).slice(0, -30)],
    ['brackets without end', '['.repeat(200_000)],
    ['brackets in brackets', `{"json":{"points":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['objects in objects', `{"json":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`],
  ])('%s is a bad request of which nothing comes back', async (_, text) => {
    const plane = meteredWorker();
    const answer = await plane.report(text);
    expect(answer.status).toBe(400);
    expect((await answer.text()).length).toBeLessThan(1000);
    expect(plane.written).toEqual([]);
    expect(plane.touched).toEqual([]);
  });
});

describe('a body of 10 MB', () => {
  const MEGABYTES = 10 * 1024 * 1024;

  async function send(body: BodyInit, headers: Record<string, string> = {}) {
    const plane = meteredWorker();
    const token = await machineToken(newIdentity().machineId);
    const answer = await plane.ask('/machine/v1/rpc/reportMetrics', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body,
    });
    expect(plane.written).toEqual([]);
    return answer;
  }

  /** Gives 64 KB at a time and counts what was taken. */
  function counted(): { body: ReadableStream; taken: () => number } {
    const chunk = new TextEncoder().encode(' '.repeat(65_536));
    let taken = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (taken >= MEGABYTES) return controller.close();
        taken += chunk.length;
        controller.enqueue(chunk);
      },
    });
    return { body, taken: () => taken };
  }

  test('that says how long it is, is not even begun', async () => {
    const { body, taken } = counted();
    const answer = await send(body, { 'content-length': String(MEGABYTES) });
    expect(answer.status).toBe(413);
    expect(await answerOf(answer)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', data: { retryable: false } });
    expect(taken()).toBeLessThanOrEqual(65_536);
  });

  test.each<[string, Record<string, string>]>([
    ['does not say so', {}],
    ['says something else', { 'content-length': '-1' }],
    ['says nothing that is a length', { 'content-length': '' }],
    ['says both', { 'content-length': '20', 'transfer-encoding': 'chunked' }],
  ])('that %s is cut off', async (_, headers) => {
    const { body, taken } = counted();
    expect((await send(body, headers)).status).toBe(413);
    expect(taken()).toBeLessThan(512 * 1024);
  });

  test('without a good token is not begun either', async () => {
    const plane = meteredWorker();
    const { body, taken } = counted();
    const answer = await plane.ask('/machine/v1/rpc/reportMetrics', { method: 'POST', body });
    expect(answer.status).toBe(401);
    expect(taken()).toBeLessThanOrEqual(65_536);
  });
});
