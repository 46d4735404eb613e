import type { Row } from './row.ts';

const COLUMNS = ['metric', 'value', 'unit', 'floor', 'ratio', 'limit', 'ok'] as const;

/** Rows as a table for people, with a mark at every limit that is not met. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [
    [...COLUMNS] as string[],
    ...rows.map((row) =>
      COLUMNS.map((column) => {
        const value = row[column];
        if (column === 'ok') return value === null ? '' : value ? 'ok' : 'NOT MET';
        if (column === 'metric') return row.metric.includes('/') ? `  ${row.metric}` : row.metric;
        return value === null ? '' : String(value);
      }),
    ),
  ];
  const widths = COLUMNS.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => pad(cell, index, widths))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, index: number, widths: readonly number[]): string {
  const isNumber = ['value', 'floor', 'ratio', 'limit'].includes(COLUMNS[index] ?? '');
  const width = widths[index] ?? 0;
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}
