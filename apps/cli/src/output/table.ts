import { stripVTControlCharacters } from 'node:util';
import { Table } from 'console-table-printer';

const NOTHING = { left: '', mid: '', right: '', other: '' };
const PLAIN = { headerTop: NOTHING, headerBottom: NOTHING, tableBottom: NOTHING, vertical: '' };

/**
 * Rows as aligned columns with headings and no borders, so that lines can be grepped and cut. Text of other machines
 * is shown without control characters: it must not command the reader's terminal. `width` cuts long lines.
 */
export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { width = Infinity }: { width?: number } = {},
): string {
  const table = new Table({
    shouldDisableColors: true,
    style: PLAIN,
    columns: columns.map((title, index) => ({
      name: String(index),
      title: title.toUpperCase(),
      alignment: 'left',
    })),
  });
  for (const row of rows)
    table.addRow(Object.fromEntries(row.map((cell, index) => [String(index), clean(cell)])));
  const lines = table.render().split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => cut(line.slice(1).trimEnd(), width))
    .join('\n');
}

/** Text on one line, without anything that a terminal would obey. */
export function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is being removed
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Cuts a line to a width and shows that it was cut. */
export function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
