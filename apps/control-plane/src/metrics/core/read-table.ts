import type { MetricsColumn, MetricsTable } from '@fettle/contract';
import * as v from 'valibot';

const Cell = v.nullable(v.union([v.string(), v.number()]));

/** What the SQL API answers in its JSON format. */
export const SqlAnswer = v.object({ data: v.array(v.record(v.string(), Cell)) });
export type SqlAnswer = v.InferOutput<typeof SqlAnswer>;

type Row = MetricsTable['rows'][number];

/**
 * Rows as the contract has them: 64-bit integers, which come as texts, become numbers, and a figure below 0 (there is
 * none; Analytics Engine has no null) becomes `null`. Throws a TypeError that names a column which is missing or is
 * not what its unit says.
 */
export function readRows(columns: readonly MetricsColumn[], answer: SqlAnswer): Row[] {
  return answer.data.map((row) =>
    Object.fromEntries(columns.map((column) => [column.name, readCell(column, row[column.name])])),
  );
}

function readCell({ name, unit }: MetricsColumn, cell: string | number | null | undefined): Row[string] {
  if (cell === undefined) throw new TypeError(`${name}: the answer has no such column`);
  if (cell === null) return null;
  if (unit === 'text') return String(cell);
  const value = cell === '' ? Number.NaN : Number(cell);
  if (!Number.isFinite(value)) throw new TypeError(`${name}: expected a number`);
  return unit !== 'time' && value < 0 ? null : value;
}
