import type { MetricPoint, ResourcePoint } from '@fettle/contract';
import { describe, expect, it } from 'vitest';
import { encodePoint, type DataPoint } from './encode.ts';
import { LAYOUT, UNKNOWN, type ColumnName, type MetricType } from './layout.ts';
import { ORIGIN, processPoint, resourcePoint, startupPoint } from './testing/points.ts';

const NOW = Date.UTC(2026, 0, 5, 12);

const SENT = { seq: 7, ageMs: 2500, droppedBefore: 4 };
const RESOURCE = resourcePoint({ ...SENT, cpuPercent: 1.5, memoryUsedMb: 100, memorySource: 'cgroup1' });
const PROCESS = processPoint({ ...SENT, signal: 'SIGKILL' });
const STARTUP = startupPoint({ ...SENT, entrypointStartedAt: NOW - 60_000, tasksCompleteMs: 800 });

/** Types of points that machines measure; `encode-watch.test.ts` has the others. */
type Measured = Exclude<MetricType, 'watch' | 'sweep'>;

const POINTS: Record<Measured, MetricPoint> = { resource: RESOURCE, process: PROCESS, startup: STARTUP };

/** What has to be found under each name, whatever the type of the point. */
const COMMON: Partial<Record<ColumnName, string | number>> = {
  machine: 'demo.web-1.3',
  organization: 'acme',
  project: 'demo',
  machineType: 'local-docker',
  slot: 'web-1',
  platform: 'a'.repeat(40),
  customer: 'b'.repeat(40),
  image: 'sha256:c',
  boot: 'boot-1',
  measuredAt: (NOW - 2500) / 1000,
  seq: 7,
  droppedBefore: 4,
};

const EXPECTED: Record<Measured, Partial<Record<ColumnName, unknown>>> = {
  resource: { ...COMMON, ...RESOURCE, metricType: 'resource' },
  process: { ...COMMON, ...PROCESS, metricType: 'process', process: 'web' },
  startup: {
    ...COMMON,
    ...STARTUP,
    metricType: 'startup',
    entrypointStartedMs: STARTUP.entrypointStartedAt,
  },
};

/** The value of a data point under a column of SQL, as Analytics Engine would show it. */
function cell(data: DataPoint, column: string): string | number | undefined {
  const [, kind, place] = /^(index|blob|double)(\d+)$/.exec(column)!;
  const list = { index: data.indexes, blob: data.blobs, double: data.doubles }[kind as 'blob'];
  return list[Number(place) - 1];
}

describe.each(['resource', 'process', 'startup'] as const)('a data point of type %s', (type) => {
  const entries = LAYOUT.filter(({ of }) => of === null || of === type);

  it.each(entries.map(({ name, column }) => ({ name, column })))('holds $name in $column', (entry) => {
    expect(EXPECTED[type]).toHaveProperty(entry.name);
    expect(cell(encodePoint(ORIGIN, POINTS[type], NOW), entry.column)).toBe(EXPECTED[type][entry.name]);
  });

  it('holds nothing in columns that the layout does not give it', () => {
    const data = encodePoint(ORIGIN, POINTS[type], NOW);
    const taken = new Set<string>(entries.map(({ column }) => column));
    const others = [
      ...data.blobs.map((_, at) => `blob${at + 1}`),
      ...data.doubles.map((_, at) => `double${at + 1}`),
    ].filter((column) => !taken.has(column));
    expect(others.map((column) => cell(data, column)).filter((value) => value !== '' && value !== 0)).toEqual(
      [],
    );
  });

  it('stays within the limits of one point', () => {
    const data = encodePoint(ORIGIN, POINTS[type], NOW);
    expect(data.blobs.length).toBeLessThanOrEqual(20);
    expect(data.doubles.length).toBeLessThanOrEqual(20);
    expect(data.indexes).toHaveLength(1);
  });
});

describe('the layout', () => {
  it('has no name twice, and no column twice for one type of point', () => {
    const names = LAYOUT.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const type of ['resource', 'process', 'startup', 'watch', 'sweep']) {
      const columns = LAYOUT.filter(({ of }) => of === null || of === type).map(({ column }) => column);
      expect(new Set(columns).size).toBe(columns.length);
    }
  });
});

describe('encodePoint', () => {
  it('writes what the machine could not tell as UNKNOWN, never as 0', () => {
    const nothing = Object.fromEntries(
      Object.entries(RESOURCE).map(([key, value]) =>
        ['kind', 'seq', 'ageMs', 'droppedBefore'].includes(key) ? [key, value] : [key, null],
      ),
    ) as ResourcePoint;
    const data = encodePoint(ORIGIN, nothing, NOW);
    for (const { column, unit } of LAYOUT.filter(({ of }) => of === 'resource'))
      expect(cell(data, column)).toBe(unit === 'text' ? '' : UNKNOWN);
  });

  it('writes an unknown exit code and unfinished tasks as UNKNOWN', () => {
    const ended = encodePoint(ORIGIN, { ...PROCESS, exitCode: null, previousState: null, signal: null }, NOW);
    expect([cell(ended, 'double3'), cell(ended, 'blob14'), cell(ended, 'blob15')]).toEqual([UNKNOWN, '', '']);
    const started = encodePoint(ORIGIN, { ...STARTUP, tasksCompleteMs: null }, NOW);
    expect(cell(started, 'double3')).toBe(UNKNOWN);
  });

  it('leaves the versions empty before the first checkout', () => {
    const data = encodePoint({ ...ORIGIN, versions: null }, RESOURCE, NOW);
    expect(data.blobs.slice(7, 10)).toEqual(['', '', '']);
  });

  it('takes identity from the credential, whatever a point says', () => {
    const claims = {
      machineId: 'evil.web-1.1',
      organization: 'evil',
      project: 'evil',
      type: 'fly',
      slot: 'x',
    };
    const claimed = encodePoint(ORIGIN, { ...RESOURCE, ...claims } as MetricPoint, NOW);
    expect(claimed).toEqual(encodePoint(ORIGIN, RESOURCE, NOW));
  });

  it('computes the time of measurement from the age, so that the machine’s clock has no part in it', () => {
    const data = encodePoint(ORIGIN, { ...STARTUP, entrypointStartedAt: 0, ageMs: 86_400_000 }, NOW);
    expect(cell(data, 'double5')).toBe((NOW - 86_400_000) / 1000);
  });
});
