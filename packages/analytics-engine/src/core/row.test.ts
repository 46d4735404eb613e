import { expect, it } from 'vitest';
import { encodeRow, ROW_COLUMNS } from './row.ts';

const cells = (point: Parameters<typeof encodeRow>[0]['point']): string[] =>
  encodeRow({ timestamp: 1_800_000_000, sampleInterval: 10, point }).slice(0, -1).split('\t');

it('has a cell for every column, empty or 0 where the point has nothing', () => {
  const row = cells({});
  expect(row).toHaveLength(ROW_COLUMNS.length);
  expect(row).toEqual(['1800000000', '10', '', ...Array(20).fill(''), ...Array(20).fill('0')]);
});

it('puts values in the columns of their place', () => {
  const row = cells({ indexes: ['i'], blobs: [null, 'b2'], doubles: [1.5, -1e300] });
  const at = (column: string): string => row[ROW_COLUMNS.indexOf(column)]!;
  expect([at('index1'), at('blob1'), at('blob2'), at('double1'), at('double2')]).toEqual([
    'i',
    '',
    'b2',
    '1.5',
    '-1e+300',
  ]);
});

it('lets no text out of its cell', () => {
  const text = "a\tb\nc\\Nd\re\0f'g";
  expect(cells({ blobs: [text] })).toHaveLength(ROW_COLUMNS.length);
  expect(encodeRow({ timestamp: 0, sampleInterval: 1, point: { blobs: [text] } }).match(/\n/g)).toHaveLength(
    1,
  );
});

it('writes bytes and numbers that JSON does not know', () => {
  const row = cells({ blobs: [{ base64: 'AP8=' }], doubles: ['NaN', 'Infinity', '-Infinity'] });
  expect(row[3]).toBe('\\x00\\xff');
  expect(row.slice(23, 26)).toEqual(['nan', 'inf', '-inf']);
});
