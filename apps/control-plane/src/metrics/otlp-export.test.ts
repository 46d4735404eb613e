import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resourcePoint } from '../../test/metric-points.ts';
import { OtlpExporter, type World } from './otlp-export.ts';
import { metricsSettings } from './settings.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const SETTINGS = metricsSettings({
  FETTLE_OTLP_URL: 'https://collector.test/v1/metrics',
  FETTLE_OTLP_HEADERS: 'authorization=Bearer%20secret-of-the-collector',
});
const ORIGIN = {
  identity: {
    machineId: 'demo.web-1.1',
    organization: 'acme',
    project: 'demo',
    slot: 'web-1',
    generation: 1,
    type: 'local-docker' as const,
  },
  bootId: 'boot-1',
  versions: null,
};

/** An exporter in a world of its own, in which waiting only moves the clock. */
function exporterIn(send: World['fetch']) {
  const world = { now: NOW, waits: [] as number[] };
  const exporter = new OtlpExporter({
    fetch: send,
    wait: async (ms) => {
      world.waits.push(ms);
      world.now += ms;
    },
    now: () => world.now,
    random: () => 1,
  });
  const report = () => exporter.export(SETTINGS, ORIGIN, [resourcePoint()], world.now);
  return { world, exporter, report };
}

let logged: string[] = [];
beforeEach(() => {
  logged = [];
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => vi.restoreAllMocks());

describe('the export of a report', () => {
  test('is one request as OTLP/HTTP has it', async () => {
    const sent: [string, RequestInit][] = [];
    await exporterIn(async (...request) => {
      sent.push(request);
      return Response.json({});
    }).report();
    expect(sent).toHaveLength(1);
    const [[url, init] = ['', {}]] = sent;
    const headers = new Headers(init.headers);
    expect(url).toBe('https://collector.test/v1/metrics');
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual' });
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('authorization')).toBe('Bearer secret-of-the-collector');
    expect(JSON.parse(String(init.body))).toHaveProperty('resourceMetrics.0.scopeMetrics.0.metrics.0.name');
    expect(logged).toEqual([]);
  });

  test('is tried again with the same body, and given up after the third time', async () => {
    const bodies = new Set<unknown>();
    let asked = 0;
    const { world, report } = exporterIn(async (_, init) => {
      asked += 1;
      bodies.add(init.body);
      return new Response('busy', { status: 503 });
    });
    await report();
    expect(asked).toBe(3);
    expect(bodies.size).toBe(1);
    expect(world.waits).toEqual([1000, 2000]);
    expect(logged).toEqual([expect.stringContaining('1 reports and 0 points were not taken')]);
  });

  test('waits as long as the collector says', async () => {
    const answers = [new Response('', { status: 429, headers: { 'retry-after': '4' } }), Response.json({})];
    const { world, report } = exporterIn(async () => answers.shift() ?? Response.error());
    await report();
    expect(world.waits).toEqual([4000]);
    expect(logged).toEqual([]);
  });

  test('is not repeated for what was rejected in part, which is counted', async () => {
    let asked = 0;
    const { report } = exporterIn(async () => {
      asked += 1;
      return Response.json({ partialSuccess: { rejectedDataPoints: '4', errorMessage: 'out of order' } });
    });
    await report();
    expect(asked).toBe(1);
    expect(logged).toEqual([expect.stringMatching(/0 reports and 4 points .* out of order$/)]);
  });

  test('never rejects, whatever the collector does', async () => {
    const { report } = exporterIn(() => {
      throw new Error('connection refused');
    });
    await expect(report()).resolves.toBeUndefined();
    expect(logged).toEqual([expect.stringContaining('connection refused')]);
  });

  test('is told in the log once a minute, with everything that failed since', async () => {
    const { world, report } = exporterIn(async () => new Response('', { status: 400 }));
    for (let count = 0; count < 5; count += 1) await report();
    expect(logged).toEqual([expect.stringContaining('1 reports')]);
    world.now += 60_000;
    await report();
    expect(logged).toEqual([expect.anything(), expect.stringContaining('5 reports')]);
    expect(logged.join()).not.toContain('secret');
  });

  test('does not pile up behind a collector that hangs', async () => {
    const open: (() => void)[] = [];
    const { report } = exporterIn(
      () => new Promise((resolve) => open.push(() => resolve(Response.json({})))),
    );
    const reports = Array.from({ length: 70 }, report);
    expect(open).toHaveLength(64);
    expect(logged).toHaveLength(1);
    for (const answer of open) answer();
    await Promise.all(reports);
    const next = report();
    expect(open).toHaveLength(65);
    open.at(-1)?.();
    await next;
  });

  test('is not made where no collector is set', async () => {
    const exporter = new OtlpExporter({ fetch: () => Promise.reject(new Error('nothing may be sent')) });
    await exporter.export(metricsSettings({}), ORIGIN, [resourcePoint()], NOW);
    expect(logged).toEqual([]);
  });
});
