import { expect, test } from 'vitest';
import { drawBlocks, sparkline } from './blocks.ts';

test('heights grow with values, in eighths of a line', () => {
  expect(sparkline([0, 12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100], 100)).toBe('▁▁▂▃▄▅▆▇█');
});

test('a measured 0 is a line at the bottom, nothing measured is nothing', () => {
  expect(sparkline([0, null, 0], 100)).toBe('▁ ▁');
  expect(sparkline([0, null], 0)).toBe('▁ ');
});

test('a chart of several lines is read from top to bottom', () => {
  expect(drawBlocks([0, 25, 50, 75, 100, null], { height: 2, max: 100 })).toEqual(['   ▄█ ', '▁▄███ ']);
});

test('a value above the height does not leave the chart', () => {
  expect(drawBlocks([500], { height: 2, max: 100 })).toEqual(['█', '█']);
});
