import { expect, test } from 'vitest';
import { cpuByMachine } from '../../test/builders.ts';
import { renderCharts } from './metrics-charts.ts';

const plain = { width: 80, paint: (text: string) => text };

test('a few figures are charts of one scale, with what was least and most', () => {
  const table = cpuByMachine({ 'web-1': [10, 20, null, 40], 'web-2': [80, 60, 40, 20] });
  expect(renderCharts(table, plain)).toBe(
    `
2026-01-05 09:00:00 to 2026-01-05 09:03:00 (utc), steps of 1m00s

web-1  cpu percent: newest 40.0 %, least 10.0 %, most 40.0 %
   80.0 % ┤
          ┤
          ┤            ████
    0.0 % ┤▄▄▄▄████    ████
           09:00:00

web-2  cpu percent: newest 20.0 %, least 20.0 %, most 80.0 %
   80.0 % ┤████
          ┤████████
          ┤████████████
    0.0 % ┤████████████████
           09:00:00`.trimStart(),
  );
});

test('many figures are one line each', () => {
  const machines = Array.from({ length: 7 }, (_, index) => [`web-${index + 1}`, [index, 8]] as const);
  const text = renderCharts(
    cpuByMachine(Object.fromEntries(machines.map(([name, values]) => [name, [...values]]))),
    plain,
  );
  expect(text).toMatch(/^web-1 {2}cpu percent {2}▁█ +8\.0 % +0\.0 % +8\.0 %$/m);
  expect(text).toMatch(/^web-7 {2}cpu percent {2}▆█ +8\.0 % +6\.0 % +8\.0 %$/m);
});

test('a figure that never changes beside one that does is said, not drawn', () => {
  const text = renderCharts(cpuByMachine({ 'web-1': [10, 20], 'web-2': [5, 5] }), plain);
  expect(text).toContain('web-2  cpu percent: 5.0 % all the time');
  expect(text.match(/┤/g)).toHaveLength(4);
});

test('no line is wider than the terminal, however long the time', () => {
  const values = Array.from({ length: 500 }, (_, step) => step % 50);
  const lines = renderCharts(cpuByMachine({ 'web-1': values }), plain).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('only the drawing is coloured', () => {
  const text = renderCharts(cpuByMachine({ 'web-1': [10, 20] }), {
    width: 80,
    paint: (drawing) => `<${drawing}>`,
  });
  expect(text).toContain('   20.0 % ┤<    ████>');
});

test('names of machines do not command the terminal', () => {
  expect(renderCharts(cpuByMachine({ 'web\u001b[31m-1': [10, 20] }), plain)).not.toContain('\u001b');
});
