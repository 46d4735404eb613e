import { stripVTControlCharacters } from 'node:util';
import type { Style, Terminal } from './terminal.ts';

/** A cell; with a style it is painted after its width is known. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** A column of a table. The last one takes what is left and is cut there. */
export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** Left out when the terminal is too narrow; highest number first. */
  readonly spare?: number;
}

const GAP = '  ';

/** Narrowest last column before other columns are left out. */
const LEAST_LAST = 16;

/** Rows under titles, fitted into the terminal. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  terminal: Terminal,
): string {
  const grid = [columns.map(({ title }): Cell => ({ text: title, style: 'dim' })), ...rows];
  const widths = columns.map((_, index) => Math.max(...grid.map((row) => plain(row[index]).length)));
  const shown = chooseColumns(columns, widths, terminal.width);
  const last = shown.at(-1);
  const lines = grid.map((row) => {
    let used = 0;
    return shown
      .map((index) => {
        const text = plain(row[index]);
        const cut =
          index === last ? clip(text, terminal.width === null ? null : terminal.width - used) : text;
        used += (widths[index] ?? 0) + GAP.length;
        return painted(
          row[index],
          padded(cut, { column: columns[index], width: widths[index] ?? 0, isLast: index === last }),
          terminal,
        );
      })
      .join(GAP);
  });
  return lines.join('\n');
}

/** Without what could steer the terminal: texts come from processes and their definitions. */
export function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what must not reach the terminal
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Cut to a width, with an ellipsis where something is missing. */
export function clip(text: string, width: number | null): string {
  if (width === null || text.length <= width) return text;
  return `${text.slice(0, Math.max(0, width - 1))}…`;
}

function chooseColumns(
  columns: readonly Column[],
  widths: readonly number[],
  width: number | null,
): number[] {
  let shown = columns.map((_, index) => index);
  const before = (): number =>
    shown.slice(0, -1).reduce((sum, index) => sum + (widths[index] ?? 0) + GAP.length, 0);
  const wanted = Math.min(LEAST_LAST, widths.at(-1) ?? 0);
  while (width !== null && before() + wanted > width) {
    const spare = Math.max(0, ...shown.map((index) => columns[index]?.spare ?? 0));
    if (spare === 0) break;
    shown = shown.filter((index) => columns[index]?.spare !== spare);
  }
  return shown;
}

function plain(cell: Cell | undefined): string {
  return clean(typeof cell === 'object' ? cell.text : (cell ?? ''));
}

function padded(
  text: string,
  { column, width, isLast }: { column: Column | undefined; width: number; isLast: boolean },
): string {
  if (column?.align === 'right') return text.padStart(width);
  return isLast ? text : text.padEnd(width);
}

function painted(cell: Cell | undefined, text: string, terminal: Terminal): string {
  return typeof cell === 'object' ? terminal.paint(cell.style, text) : text;
}
