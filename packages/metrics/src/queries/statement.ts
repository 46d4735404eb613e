import type { MetricsColumn } from '@fettle/contract';
import { column, DATASET, unitOf, type ColumnName } from '../layout.ts';

/** One column of the answer: its name and unit, and the expression it comes from. */
export type Selected = MetricsColumn & { sql: string };

/** One SELECT. Everything it is grouped and ordered by is selected, because the dialect asks for it. */
export type Statement = {
  select: readonly Selected[];
  /** All of them hold. */
  where: readonly string[];
  /** Names of selected columns; none: one row for all. */
  groupBy: readonly string[];
  /** A condition on the names of selected columns. */
  having?: string;
  /** Names of selected columns, with DESC where it goes down. */
  orderBy: readonly string[];
  /** Left out: every row. */
  limit?: number;
};

/** A selected column. */
export function select(name: string, unit: MetricsColumn['unit'], sql: string): Selected {
  return { name, unit, sql };
}

/** Selects a column of the layout as it is, under its own name. */
export function selectColumn(name: ColumnName): Selected {
  return select(name, unitOf(name), column(name));
}

/** The text of a statement, one clause a line. */
export function toSql({ select: selected, where, groupBy, having, orderBy, limit }: Statement): string {
  return [
    'SELECT',
    selected.map(({ sql, name }) => `  ${sql} AS ${name}`).join(',\n'),
    `FROM ${DATASET}`,
    `WHERE ${where.join('\n  AND ')}`,
    ...(groupBy.length === 0 ? [] : [`GROUP BY ${groupBy.join(', ')}`]),
    ...(having === undefined ? [] : [`HAVING ${having}`]),
    ...(orderBy.length === 0 ? [] : [`ORDER BY ${orderBy.join(', ')}`]),
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
  ].join('\n');
}
