import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { MetricPoint } from '@fettle/contract';
import { describe, expect, it } from 'vitest';
import { otlpRequest, type OtlpDataPoint, type OtlpMetric } from './otlp.ts';
import { ORIGIN, processPoint, resourcePoint, startupPoint } from './testing/points.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const NANOSECONDS = `${NOW}000000`;

function metricsOf(...points: MetricPoint[]): Map<string, OtlpMetric> {
  const [entry] = otlpRequest(ORIGIN, points, NOW).resourceMetrics;
  return new Map(entry?.scopeMetrics[0]?.metrics.map((metric) => [metric.name, metric]));
}

function dataPoints(metric: OtlpMetric | undefined): OtlpDataPoint[] {
  if (metric === undefined) return [];
  if ('gauge' in metric) return metric.gauge.dataPoints;
  return 'sum' in metric ? metric.sum.dataPoints : metric.histogram.dataPoints;
}

describe('points as OTLP', () => {
  it('tells percent as a ratio and megabytes as whole bytes', () => {
    const metrics = metricsOf(resourcePoint({ cpuPercent: 48.7 }));
    expect(dataPoints(metrics.get('system.cpu.utilization'))).toEqual([
      { timeUnixNano: NANOSECONDS, attributes: [], asDouble: 0.487 },
    ]);
    expect(dataPoints(metrics.get('system.memory.usage'))).toMatchObject([
      { asInt: String(100.5 * 1024 * 1024) },
    ]);
  });

  it('leaves out what the machine could not tell', () => {
    const metrics = metricsOf(resourcePoint({ cpuPercent: null, networkSentBytes: null }));
    expect(metrics.has('system.cpu.utilization')).toBe(false);
    expect(dataPoints(metrics.get('system.network.io'))).toMatchObject([{ asInt: '1111' }]);
    expect(metricsOf(resourcePoint({ coversMs: null })).has('system.network.io')).toBe(false);
  });

  it('adds what was received since the sample before, from that sample on', () => {
    expect(metricsOf(resourcePoint()).get('system.network.io')).toMatchObject({
      unit: 'By',
      sum: { aggregationTemporality: 1, isMonotonic: true },
    });
    expect(dataPoints(metricsOf(resourcePoint()).get('system.network.io'))[0]).toMatchObject({
      startTimeUnixNano: `${NOW - 30_000}000000`,
      timeUnixNano: NANOSECONDS,
    });
  });

  it('dates every point by its age and never by the clock of the machine', () => {
    const times = dataPoints(
      metricsOf(resourcePoint({ ageMs: 60_000.0 }), resourcePoint({ ageMs: 500 })).get(
        'system.cpu.utilization',
      ),
    ).map((point) => point.timeUnixNano);
    expect(times).toEqual([`${NOW - 60_000}000000`, `${NOW - 500}000000`]);
  });

  it('counts restarts, and puts a run into the bucket of its length', () => {
    const metrics = metricsOf(processPoint());
    expect(metrics.get('pidnap.process.restarts')).toMatchObject({
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asInt: '2' }] },
    });
    const [run] = dataPoints(metrics.get('pidnap.process.duration'));
    expect(run).toMatchObject({ count: '1', sum: 90, min: 90, max: 90 });
    const { bucketCounts, explicitBounds } = run as { bucketCounts: string[]; explicitBounds: number[] };
    expect(bucketCounts).toHaveLength(explicitBounds.length + 1);
    expect(bucketCounts.filter((count) => count === '1')).toHaveLength(1);
    const bucket = bucketCounts.indexOf('1');
    expect(explicitBounds[bucket]).toBeGreaterThanOrEqual(90);
    expect(explicitBounds[bucket - 1]).toBeLessThan(90);
    expect(run?.attributes).toContainEqual({ key: 'process.exit.code', value: { intValue: '137' } });
  });

  it('puts a run that is longer than every bound into the last bucket', () => {
    const [run] = dataPoints(metricsOf(processPoint({ durationMs: 1e9 })).get('pidnap.process.duration'));
    expect((run as { bucketCounts: string[] }).bucketCounts.at(-1)).toBe('1');
  });

  it('knows no duration of a state that was not known', () => {
    expect(metricsOf(processPoint({ previousState: null })).has('pidnap.process.duration')).toBe(false);
  });

  it('tells each phase of a start that there was', () => {
    const phases = dataPoints(metricsOf(startupPoint()).get('machine.startup.duration'));
    expect(phases.map((phase) => [phase.attributes[0]?.value, (phase as { sum: number }).sum])).toEqual([
      [{ stringValue: 'ready' }, 2.1],
      [{ stringValue: 'daemon' }, 0.35],
    ]);
  });

  it('takes who measured from the credential', () => {
    const [entry] = otlpRequest(ORIGIN, [resourcePoint()], NOW).resourceMetrics;
    expect(entry?.resource.attributes).toEqual(
      expect.arrayContaining([
        { key: 'service.namespace', value: { stringValue: 'demo' } },
        { key: 'service.name', value: { stringValue: 'web-1' } },
        { key: 'service.instance.id', value: { stringValue: 'demo.web-1.3' } },
        { key: 'vcs.ref.head.revision', value: { stringValue: 'b'.repeat(40) } },
      ]),
    );
  });
});

const EXAMPLE = path.resolve(
  import.meta.dirname,
  '../../../../shared/contracts/otel/otlp-example-metrics.json',
);
const hasExample = existsSync(EXAMPLE);
if (!hasExample)
  console.warn('!! NO PUBLISHED EXAMPLE OF OTLP BESIDE THE REPOSITORY: ITS SHAPE IS NOT CHECKED !!');

/** Every place in a document where something stands, and what kind of thing: list entries count as one place. */
function shapeOf(value: unknown, place = ''): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((entry) => shapeOf(entry, `${place}[]`));
  if (typeof value !== 'object' || value === null) return [[place, typeof value]];
  return Object.entries(value).flatMap(([key, entry]) => shapeOf(entry, `${place}.${key}`));
}

it.skipIf(!hasExample)('has the shape of the published example', () => {
  const example = new Map(shapeOf(JSON.parse(readFileSync(EXAMPLE, 'utf8'))));
  // In the protocol, and not in the example.
  const besides = new Map([
    ['.resourceMetrics[].schemaUrl', 'string'],
    ['.resourceMetrics[].scopeMetrics[].schemaUrl', 'string'],
    ['.resourceMetrics[].scopeMetrics[].metrics[].sum.dataPoints[].asInt', 'string'],
    [
      '.resourceMetrics[].scopeMetrics[].metrics[].histogram.dataPoints[].attributes[].value.intValue',
      'string',
    ],
  ]);
  for (const [place, type] of shapeOf(
    otlpRequest(ORIGIN, [resourcePoint(), processPoint(), startupPoint()], NOW),
  ))
    expect([place, type]).toEqual([place, example.get(place) ?? besides.get(place)]);
});
