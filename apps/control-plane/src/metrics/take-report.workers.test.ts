import { MAX_POINTS_WRITTEN, type MetricsAnswer } from '@fettle/contract';
import { column } from '@fettle/metrics';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { report } from '../../test/in-workerd.ts';
import { answerOf, meteredWorker, newIdentity } from '../../test/metered-worker.ts';
import { metricsReport, processPoint, resourcePoint, startupPoint } from '../../test/metric-points.ts';
import { machineToken } from '../../test/credentials.ts';

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => processPoint({ seq: index + 1, ageMs: 0 }));
const doubleOf = (name: Parameters<typeof column>[0]) => Number(column(name).slice('double'.length)) - 1;

afterEach(() => vi.restoreAllMocks());

describe('a report of metrics', () => {
  test('is written point by point, by whom the credential names, and wakes no object', async () => {
    const plane = meteredWorker();
    const machine = newIdentity();
    const points = [resourcePoint(), processPoint({ seq: 2 }), startupPoint({ seq: 3 })];
    const answer = await plane.report(metricsReport({ points }), machine);
    expect(answer.status).toBe(200);
    expect(await answerOf(answer)).toEqual({ accepted: 3, refused: [], reportEveryMs: 30_000 });
    expect(plane.written.map(({ indexes }) => indexes)).toEqual(points.map(() => [machine.machineId]));
    expect(plane.written.map(({ blobs }) => blobs.slice(0, 4))).toEqual(
      points.map(({ kind }) => ['acme', 'demo', 'local-docker', kind]),
    );
    expect(plane.touched).toEqual([]);
  });

  test('is unlike a report of health, which does wake the object of the machine', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const plane = meteredWorker();
    const token = await machineToken(newIdentity().machineId);
    await plane.ask('/machine/v1/rpc/report', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ json: report() }),
    });
    expect(plane.touched).toEqual(['MACHINES.getByName']);
  });

  test.each([
    ['of 1970', 0],
    ['of the year 2100', Date.UTC(2100, 0, 1)],
  ])('is dated by its age, also when the clock of the machine is %s', async (_, sentAt) => {
    const plane = meteredWorker();
    const before = Date.now();
    await plane.report(metricsReport({ sentAt, points: [resourcePoint({ ageMs: 60_000 })] }));
    const measuredAt = (plane.written[0]?.doubles[doubleOf('measuredAt')] ?? 0) * 1000;
    expect(measuredAt).toBeGreaterThanOrEqual(before - 60_000);
    expect(measuredAt).toBeLessThanOrEqual(Date.now() - 60_000);
  });

  test('that comes twice is written once', async () => {
    const plane = meteredWorker();
    const machine = newIdentity();
    const twice = metricsReport({ points: [resourcePoint(), processPoint({ seq: 2 })] });
    await plane.report(twice, machine);
    expect(await answerOf(await plane.report(twice, machine))).toMatchObject({
      accepted: 0,
      refused: [
        { seq: 1, name: 'resource', reason: 'repeated' },
        { seq: 2, name: 'process web', reason: 'repeated' },
      ],
    });
    expect(plane.written).toHaveLength(2);
  });

  test('of another boot, or of another machine with the same boot, is no repeat', async () => {
    const plane = meteredWorker();
    const machine = newIdentity();
    await plane.report(metricsReport(), machine);
    await plane.report(metricsReport({ bootId: 'boot-2' }), machine);
    await plane.report(metricsReport(), newIdentity());
    expect(plane.written).toHaveLength(3);
  });

  test('with 1000 points has 250 of them written, and each of the others named', async () => {
    const plane = meteredWorker();
    const answer = await answerOf<MetricsAnswer>(
      await plane.report(metricsReport({ points: numbered(1000) })),
    );
    expect(answer.accepted).toBe(MAX_POINTS_WRITTEN);
    expect(answer.refused).toHaveLength(750);
    expect(answer.refused[0]).toEqual({ seq: 251, name: 'process web', reason: 'too-many' });
    expect(plane.written).toHaveLength(MAX_POINTS_WRITTEN);
  });

  test('tells which points are too old', async () => {
    const plane = meteredWorker();
    const points = [resourcePoint({ ageMs: 86_400_001 }), resourcePoint({ seq: 2, ageMs: 86_400_000 })];
    expect(await answerOf(await plane.report(metricsReport({ points })))).toMatchObject({
      accepted: 1,
      refused: [{ seq: 1, reason: 'too-old' }],
    });
  });

  test('is answered with how often to report, where that is set', async () => {
    const plane = meteredWorker({ FETTLE_METRICS_EVERY_MS: '5000' });
    expect(await answerOf(await plane.report(metricsReport()))).toMatchObject({ reportEveryMs: 5000 });
  });

  test('fails loudly where that is set to something else', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const plane = meteredWorker({ FETTLE_METRICS_EVERY_MS: 'often' });
    expect((await plane.report(metricsReport())).status).toBe(500);
    expect(String(error.mock.calls[0])).toContain('FETTLE_METRICS_EVERY_MS');
    expect(plane.written).toEqual([]);
  });

  test('holds as many points as can be written, each as long as it can be', async () => {
    const long = 1234.567890123456;
    const points = Array.from({ length: MAX_POINTS_WRITTEN }, (_, index) =>
      resourcePoint({
        seq: 1_000_000_000_000 + index,
        ageMs: 86_399_999,
        droppedBefore: 1_000_000_000_000,
        cpuPercent: 99.12345678901234,
        memoryUsedMb: long,
        memoryTotalMb: long,
        diskUsedPercent: 99.12345678901234,
        cpuLimit: long,
        load1: long,
        diskUsedMb: long,
        diskTotalMb: long,
        networkReceivedBytes: Number.MAX_SAFE_INTEGER,
        networkSentBytes: Number.MAX_SAFE_INTEGER,
        openFiles: 1_000_000_000,
        cpuPressurePercent: 99.12345678901234,
        memoryPressurePercent: 99.12345678901234,
        ioPressurePercent: 99.12345678901234,
        coversMs: 86_399_999,
      }),
    );
    const plane = meteredWorker();
    expect((await plane.report(metricsReport({ points }))).status).toBe(200);
    expect(plane.written).toHaveLength(MAX_POINTS_WRITTEN);
  });
});

describe('a dataset in trouble', () => {
  test('that takes no more: what it took is accepted, the others are sent again and written once', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    let room = 2;
    const plane = meteredWorker({}, (_, written) => {
      if (written >= room) throw new Error('too many data points');
    });
    const machine = newIdentity();
    const points = numbered(5);
    const first = await answerOf<MetricsAnswer>(await plane.report(metricsReport({ points }), machine));
    expect(first).toMatchObject({ accepted: 2 });
    expect(first.refused.map(({ seq, reason }) => [seq, reason])).toEqual([
      [3, 'too-many'],
      [4, 'too-many'],
      [5, 'too-many'],
    ]);
    room = Infinity;
    const again = await plane.report(metricsReport({ points: points.slice(2) }), machine);
    expect(await answerOf(again)).toMatchObject({ accepted: 3, refused: [] });
    expect(plane.written.map(({ doubles }) => doubles[doubleOf('seq')])).toEqual([1, 2, 3, 4, 5]);
  });

  test('that takes nothing: the machine keeps everything, and all of it is written later', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    let broken = true;
    const plane = meteredWorker({}, () => {
      if (broken) throw new Error('no dataset');
    });
    const machine = newIdentity();
    const answer = await plane.report(metricsReport(), machine);
    expect(answer.status).toBe(503);
    expect(await answerOf(answer)).toMatchObject({ code: 'METRICS_UNAVAILABLE', data: { retryable: true } });
    expect(error).toHaveBeenCalledOnce();
    broken = false;
    expect(await answerOf(await plane.report(metricsReport(), machine))).toMatchObject({ accepted: 1 });
  });
});

describe('a token', () => {
  const post = async (plane: ReturnType<typeof meteredWorker>, token: string) =>
    plane.ask('/machine/v1/rpc/reportMetrics', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ json: metricsReport() }),
    });

  test('of another key is refused, also after one with the same text was good', async () => {
    const machine = newIdentity();
    const token = await machineToken(machine.machineId);
    const foreign = meteredWorker({ FETTLE_MACHINE_KEY: 'another-key-0123456789abcdef' });
    const plane = meteredWorker();
    expect((await post(plane, token)).status).toBe(200);
    expect((await post(foreign, token)).status).toBe(401);
    expect((await post(plane, token)).status).toBe(200);
    const theirs = await machineToken(
      machine.machineId,
      {},
      { FETTLE_MACHINE_KEY: 'another-key-0123456789abcdef' },
    );
    expect((await post(plane, theirs)).status).toBe(401);
    expect(foreign.written).toEqual([]);
    expect([...plane.touched, ...foreign.touched]).toEqual([]);
  });

  test('that was good once is not good with one letter changed', async () => {
    const plane = meteredWorker();
    const token = await machineToken(newIdentity().machineId);
    expect((await post(plane, token)).status).toBe(200);
    for (const place of [5, 40, token.length - 2]) {
      const letter = token[place] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, place) + letter + token.slice(place + 1);
      expect((await post(plane, changed)).status).toBe(401);
    }
    expect(plane.written).toHaveLength(1);
  });

  test.each(['', 'fmt2', 'fmt2...', `fmt2.AAAA.${'A'.repeat(4000)}.AAAA`, 'test-operator-token'])(
    '%j writes nothing and wakes nothing',
    async (token) => {
      const plane = meteredWorker();
      expect((await post(plane, token)).status).toBe(401);
      expect(plane.written).toEqual([]);
      expect(plane.touched).toEqual([]);
    },
  );
});
