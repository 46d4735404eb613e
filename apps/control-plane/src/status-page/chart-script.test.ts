import { expect, test } from 'vitest';
import { CHART_SCRIPT } from './chart-script.ts';

type Value = { time: number; value: number };
type Chart = {
  splitAtGaps: (values: Value[], gapSeconds: number) => Value[][];
  chartPath: (values: Value[], options: { now: number; top: number; gapSeconds: number }) => string;
  describeChart: (name: string, values: Value[], say: (value: number) => string) => string;
};

/** The functions as a browser has them. */
const chart = new Function(`${CHART_SCRIPT}; return { splitAtGaps, chartPath, describeChart };`)() as Chart;

const NOW = 1_700_000_000;
const at = (secondsAgo: number, value: number): Value => ({ time: NOW - secondsAgo, value });
const options = { now: NOW, top: 100, gapSeconds: 90 };

test('half an hour goes from the left edge to the right one, 0 is at the bottom and the limit at the top', () => {
  const values = Array.from({ length: 30 }, (_, index) => at(1740 - index * 60, index === 29 ? 100 : 0));
  const path = chart.chartPath(values, options);
  expect(path).toMatch(/^M4\.0 27\.0L8\.0 27\.0/);
  expect(path).toMatch(/L120\.0 1\.0$/);
});

test('a time without values is a gap, and a value between two gaps is a dot', () => {
  const path = chart.chartPath([at(1000, 50), at(940, 50), at(600, 50), at(200, 50), at(140, 50)], options);
  expect(path.match(/M/g)).toHaveLength(3);
  expect(path.match(/h0/g)).toHaveLength(1);
  expect(path).toMatch(/M80\.0 14\.0h0M/);
});

test('values that come every 30 s are one line, also when one report is late', () => {
  expect(chart.splitAtGaps([at(180, 1), at(150, 1), at(120, 1), at(35, 1), at(5, 1)], 90)).toHaveLength(1);
  expect(chart.splitAtGaps([at(180, 1), at(89, 1)], 90)).toHaveLength(2);
});

test('what is older than half an hour, or of the future, is not drawn', () => {
  expect(chart.chartPath([at(1801, 50), at(-1, 50)], options)).toBe('');
  expect(chart.chartPath([], options)).toBe('');
});

test('a value over the limit stays inside the picture', () => {
  expect(chart.chartPath([at(0, 250)], options)).toBe('M120.0 1.0h0');
});

test('who does not see the chart is told what it shows', () => {
  const values = [at(60, 12), at(30, 80), at(0, 40)];
  expect(chart.describeChart('CPU of demo.web-1.1', values, (value) => `${value} %`)).toBe(
    'CPU of demo.web-1.1 in the last 30 minutes: 40 % at last, lowest 12 %, highest 80 %',
  );
});
