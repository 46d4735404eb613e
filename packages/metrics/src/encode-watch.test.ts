import { describe, expect, it } from 'vitest';
import type { DataPoint } from './encode.ts';
import { encodeSweep, encodeWatch } from './encode-watch.ts';
import { LAYOUT, UNKNOWN } from './layout.ts';
import { ORIGIN } from './testing/points.ts';

const NOW = Date.UTC(2026, 0, 5, 12);

const WATCH = { tickLagMs: 3, worstTickLagMs: 40, sinceTickMs: 12_000, stale: true };
const SWEEP = {
  watchedMachines: 7,
  medianLagMs: 4,
  worstLagMs: 90,
  staleMachines: 1,
  silentObjects: 2,
  rearmedMachines: 3,
};

const { identity, versions } = ORIGIN;
const COMMON = { organization: 'acme', project: 'demo', machineType: 'local-docker', measuredAt: NOW / 1000 };

function cell(data: DataPoint, name: string, type: 'watch' | 'sweep'): string | number | undefined {
  const entry = LAYOUT.find((one) => one.name === name && (one.of === null || one.of === type));
  const [, kind, place] = /^(index|blob|double)(\d+)$/.exec(entry?.column ?? '') ?? [];
  const list = { index: data.indexes, blob: data.blobs, double: data.doubles }[kind as 'blob'];
  return list[Number(place) - 1];
}

describe('points about the watchers', () => {
  it('hold what the layout says of a machine', () => {
    const data = encodeWatch(identity, versions, NOW, WATCH);
    const expected = { ...COMMON, ...WATCH, stale: 1, metricType: 'watch', machine: identity.machineId };
    for (const [name, value] of Object.entries(expected)) expect(cell(data, name, 'watch')).toBe(value);
    expect(cell(data, 'platform', 'watch')).toBe(versions?.platform);
  });

  it('hold what the layout says of a fleet, and name no machine', () => {
    const data = encodeSweep({ ...identity }, NOW, SWEEP);
    const expected = { ...COMMON, ...SWEEP, metricType: 'sweep', machine: '', slot: '' };
    for (const [name, value] of Object.entries(expected)) expect(cell(data, name, 'sweep')).toBe(value);
  });

  it('say UNKNOWN of an object that never woke', () => {
    const never = { ...WATCH, tickLagMs: null, worstTickLagMs: null, sinceTickMs: null };
    expect(encodeWatch(identity, null, NOW, never).doubles.slice(0, 4)).toEqual([
      UNKNOWN,
      UNKNOWN,
      UNKNOWN,
      1,
    ]);
    const none = encodeSweep(identity, NOW, { ...SWEEP, medianLagMs: null, worstLagMs: null });
    expect(none.doubles.slice(1, 3)).toEqual([UNKNOWN, UNKNOWN]);
  });

  it('stay within the limits of one point', () => {
    for (const data of [encodeWatch(identity, versions, NOW, WATCH), encodeSweep(identity, NOW, SWEEP)]) {
      expect(data.blobs.length).toBeLessThanOrEqual(20);
      expect(data.doubles.length).toBeLessThanOrEqual(20);
    }
  });
});
