import { expect, test } from 'vitest';
import { clean, cut, renderTable } from './table.ts';

test('columns are aligned, with headings and nothing around them', () => {
  const text = renderTable(
    ['slot', 'phase'],
    [
      ['web-1', 'healthy'],
      ['a', 'suspect'],
    ],
  );
  expect(text).toBe(['SLOT   PHASE', 'web-1  healthy', 'a      suspect'].join('\n'));
});

test('a table without rows is its headings', () => {
  expect(renderTable(['slot'], [])).toBe('SLOT');
});

test('lines that are too long for the terminal are cut, visibly', () => {
  expect(renderTable(['event'], [['something long']], { width: 10 })).toBe('EVENT\nsomething…');
  expect(cut('1234567890', 10)).toBe('1234567890');
});

test('a machine cannot command the terminal of whoever looks at it', () => {
  expect(clean('\u001b[2Jgone\u001b[31m red\u0007\u0085end')).toBe('gone red end');
  expect(renderTable(['text'], [['a\nb\tc\u001b[31m']])).toBe('TEXT\na b c');
});
