import type { MetricsColumn, MetricsTable } from '@fettle/contract/metrics-query';

/** One figure of one machine, process or fleet, over time. */
export type Series = {
  /** What it is of, as a text for each column that says so; empty for the whole fleet. */
  of: string;
  column: MetricsColumn;
  /** One value for each cell of the common time; `null` where nothing was measured. */
  cells: (number | null)[];
  newest: number;
  least: number;
  most: number;
};

/** Series over the same time: Unix seconds of the first and of the last step. */
export type SeriesSet = { from: number; to: number; stepSeconds: number; series: Series[] };

/** What tells series of one figure apart. Other texts make an answer a list of events. */
const SUBJECTS = new Set(['machine', 'process']);

/** Whether an answer is figures over time, which can be drawn. */
export function isOverTime({ columns }: Pick<MetricsTable, 'columns'>): boolean {
  const texts = columns.filter(({ unit }) => unit === 'text');
  return columns[0]?.name === 'time' && texts.every(({ name }) => SUBJECTS.has(name));
}

/**
 * The figures of such an answer as series of at most `width` cells. Several steps in one cell become their mean. A
 * figure that was never measured is left out.
 */
export function seriesOf({ columns, rows }: MetricsTable, width: number): SeriesSet {
  const times = [...new Set(rows.map(timeOf))].toSorted((a, b) => a - b);
  const from = times[0] ?? 0;
  const to = times.at(-1) ?? 0;
  const stepSeconds = Math.min(...times.slice(1).map((time, index) => time - times[index]!), to - from) || 1;
  const steps = Math.round((to - from) / stepSeconds) + 1;
  const cellCount = Math.min(steps, width);
  const cellOf = (time: number): number =>
    Math.floor((Math.round((time - from) / stepSeconds) * cellCount) / steps);

  const texts = columns.filter(({ unit }) => unit === 'text');
  const bySubject = Map.groupBy(rows, (row) => texts.map(({ name }) => String(row[name])).join(' '));
  const figures = columns.filter(({ unit }) => unit !== 'text' && unit !== 'time');
  const series = [...bySubject]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([of, own]) => {
      const oldestFirst = own.toSorted((a, b) => timeOf(a) - timeOf(b));
      return figures.flatMap((column) => {
        const measured = oldestFirst.flatMap((row) => {
          const value = row[column.name];
          return typeof value === 'number' ? [{ cell: cellOf(timeOf(row)), value }] : [];
        });
        const newest = measured.at(-1)?.value;
        if (newest === undefined) return [];
        const values = measured.map(({ value }) => value);
        const cells = meansByCell(measured, cellCount);
        return [{ of, column, cells, newest, least: Math.min(...values), most: Math.max(...values) }];
      });
    });
  return { from, to, stepSeconds, series };
}

function timeOf(row: MetricsTable['rows'][number]): number {
  return Number(row.time);
}

function meansByCell(measured: readonly { cell: number; value: number }[], count: number): Series['cells'] {
  const sums = Array.from({ length: count }, () => ({ sum: 0, count: 0 }));
  for (const { cell, value } of measured) {
    sums[cell]!.sum += value;
    sums[cell]!.count += 1;
  }
  return sums.map(({ sum, count: of }) => (of === 0 ? null : sum / of));
}
