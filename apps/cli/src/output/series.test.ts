import type { MetricsTable } from '@fettle/contract/metrics-query';
import { expect, test } from 'vitest';
import { cpuByMachine, T0_SECONDS } from '../../test/builders.ts';
import { isOverTime, seriesOf } from './series.ts';

const columns = (...names: [string, MetricsTable['columns'][number]['unit']][]) => ({
  columns: names.map(([name, unit]) => ({ name, unit })),
});

test('figures of machines, of processes or of the fleet over time can be drawn', () => {
  expect(isOverTime(columns(['time', 'time'], ['machine', 'text'], ['cpuPercent', 'percent']))).toBe(true);
  expect(
    isOverTime(columns(['time', 'time'], ['machine', 'text'], ['process', 'text'], ['restarts', 'count'])),
  ).toBe(true);
  expect(isOverTime(columns(['time', 'time'], ['cpuP95', 'percent']))).toBe(true);
});

test('events and rankings cannot', () => {
  expect(isOverTime(columns(['time', 'time'], ['machine', 'text'], ['state', 'text']))).toBe(false);
  expect(isOverTime(columns(['machine', 'text'], ['time', 'time'], ['cpuPercent', 'percent']))).toBe(false);
});

test('each machine has a series over the common time, oldest first, with gaps where it said nothing', () => {
  const set = seriesOf(cpuByMachine({ 'web-1': [1, 2, 3, 4], 'web-2': [null, 6, null, 8] }), 80);
  expect(set).toMatchObject({ from: T0_SECONDS, to: T0_SECONDS + 180, stepSeconds: 60 });
  expect(set.series.map(({ of, cells }) => [of, cells])).toEqual([
    ['web-1', [1, 2, 3, 4]],
    ['web-2', [null, 6, null, 8]],
  ]);
  expect(set.series[1]).toMatchObject({ newest: 8, least: 6, most: 8 });
});

test('more steps than room become means, and what stands out is kept beside them', () => {
  const { series } = seriesOf(
    cpuByMachine({ 'web-1': [0, 10, 20, 100, null, null], 'web-2': [1, 1, 1, 1, 1, 1] }),
    3,
  );
  expect(series[0]).toMatchObject({ cells: [5, 60, null], least: 0, most: 100 });
});

test('a machine that became silent ends early, it is not drawn out to the end', () => {
  const { series } = seriesOf(cpuByMachine({ 'web-1': [1, 1, 1, 1], 'web-2': [7, 7] }), 80);
  expect(series[1]!.cells).toEqual([7, 7, null, null]);
});

test('a figure that was never measured is left out, and so is everything of an empty answer', () => {
  const table = cpuByMachine({ 'web-1': [1] });
  const unknown = table.rows.map((row) => ({ ...row, cpuPercent: null }));
  expect(seriesOf({ ...table, rows: unknown }, 80).series).toEqual([]);
  expect(seriesOf({ ...table, rows: [] }, 80).series).toEqual([]);
});

test('two points that are far apart take no more room than there is', () => {
  const table = cpuByMachine({ 'web-1': [1, 2] });
  const rows = [...table.rows, { ...table.rows[0]!, time: T0_SECONDS + 90 * 86_400 }];
  expect(seriesOf({ ...table, rows }, 40).series[0]!.cells).toHaveLength(40);
});
