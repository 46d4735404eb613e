// What the SQL of panels and alerts has in common. Macros in it are the plugin's: $from and $to (Unix seconds),
// $interval (seconds), $dateTimeCol (the column for times, `timestamp`).
import { column, type ColumnName, type MetricType } from '@fettle/metrics';
import { byMachines, ofType, stepOf } from '@fettle/metrics/queries/expressions';
import {
  select,
  selectColumn,
  toSql,
  type Selected,
  type Statement,
} from '@fettle/metrics/queries/statement';

/**
 * Rows that were measured in the range of the dashboard. A row is written when it is measured or later, so the bound
 * on the time of writing has no upper end: what a machine sent late still shows where it belongs.
 */
export const IN_RANGE = [
  '$dateTimeCol >= toDateTime($from)',
  `${column('measuredAt')} >= $from`,
  `${column('measuredAt')} <= $to`,
];

/** Rows of the project that is picked on the dashboard. */
export const OF_PROJECT = `${column('project')} IN (\${project:sqlstring})`;

/** Rows of the machine that is picked on the dashboard. */
export const OF_MACHINE = `${column('machine')} IN (\${machine:sqlstring})`;

/** Time of a row's step in Unix milliseconds: what the plugin wants first in lines over time. */
export const STEP: Selected = select('t', 'time', `${stepOf('$interval')} * 1000`);

/** Time at which a group of rows was last measured, for a table; Grafana wants milliseconds. */
export function lastMeasured(name: string): Selected {
  return select(name, 'time', `max(${column('measuredAt')}) * 1000`);
}

/** Time at which a group of rows was first measured, for a table; Grafana wants milliseconds. */
export function firstMeasured(name: string): Selected {
  return select(name, 'time', `min(${column('measuredAt')}) * 1000`);
}

/** Lines over time, one for each value or, when `by` is given, one for each of its names with the one value. */
export function linesSql(
  type: MetricType | null,
  values: Selected[],
  { by = [], where = [] }: { by?: ColumnName[]; where?: string[] } = {},
): string {
  return toSql({
    select: [STEP, ...by.map(selectColumn), ...values],
    where: rowsOf(type, where),
    groupBy: ['t', ...by],
    orderBy: ['t', ...by],
  });
}

/** A table: a row for each combination of `by`, with what is computed of its rows. */
export function tableSql(
  type: MetricType | null,
  by: readonly ColumnName[],
  values: Selected[],
  rest: { where?: string[] } & Partial<Pick<Statement, 'having' | 'orderBy' | 'limit'>>,
): string {
  const { where = [], having, orderBy = [], limit } = rest;
  return toSql({
    select: [...by.map(selectColumn), ...values],
    where: rowsOf(type, where),
    groupBy: by,
    ...(having === undefined ? {} : { having }),
    orderBy,
    ...(limit === undefined ? {} : { limit }),
  });
}

function rowsOf(type: MetricType | null, where: string[]): string[] {
  return [...IN_RANGE, OF_PROJECT, type === null ? byMachines() : ofType(type), ...where];
}
