/** The watchers themselves for a scrape: how late each machine's object is, and what the last sweep found. */
import type { MetricsColumn, MetricsTable } from '@fettle/contract';
import { column, type ColumnName } from './layout.ts';
import { familyText, lineOf, seriesOf, type Family } from './prometheus.ts';
import { newest } from './queries/expressions.ts';
import { quote } from './queries/quote.ts';
import { select, selectColumn, toSql } from './queries/statement.ts';

/** A sweep runs every minute: what is older is not shown as present. */
const WINDOW_SECONDS = 300;
/** One answer of Analytics Engine has no more rows. */
const MAX_ROWS = 10_000;

const IDENTITY = ['metricType', 'machine', 'project', 'slot'] as const;
/** Columns that mean one thing in `watch` and another in `sweep`, under the name that one of them has. */
const DOUBLES = [
  'tickLagMs',
  'worstTickLagMs',
  'sinceTickMs',
  'stale',
  'silentObjects',
  'rearmedMachines',
] as const;

type Shown = {
  of: 'watch' | 'sweep';
  double: (typeof DOUBLES)[number];
  name: string;
  scale: number;
  about: string;
};

const SECONDS = 0.001;

/** None of these names is in the conventions of OpenTelemetry: they are about us. */
const SHOWN: readonly Shown[] = [
  watch('tickLagMs', 'tick_lag_seconds', SECONDS, 'How late the object of a machine woke the last time'),
  watch('worstTickLagMs', 'tick_lag_worst_seconds', SECONDS, 'How late it woke at worst in the last hour'),
  watch('sinceTickMs', 'tick_age_seconds', SECONDS, 'Time since the object of a machine last woke by itself'),
  watch('stale', 'machine_stale', 1, '1 when the last check of a machine is too old to be true'),
  sweep('tickLagMs', 'fleet_machines', 1, 'Machines that the sweep asked'),
  sweep(
    'worstTickLagMs',
    'fleet_tick_lag_median_seconds',
    SECONDS,
    'How late the objects of a fleet woke: median',
  ),
  sweep(
    'sinceTickMs',
    'fleet_tick_lag_worst_seconds',
    SECONDS,
    'How late the objects of a fleet woke: worst',
  ),
  sweep('stale', 'fleet_stale_machines', 1, 'Machines that were not looked at in time'),
  sweep('silentObjects', 'fleet_silent_objects', 1, 'Machines whose object did not answer the sweep'),
  sweep(
    'rearmedMachines',
    'fleet_rearmed_machines',
    1,
    'Machines whose alarm the last sweep had to set again',
  ),
];

/** One statement for the newest `watch` point of every machine and the newest `sweep` point of every project. */
export function prometheusWatchQuery(): { sql: string; columns: MetricsColumn[] } {
  const selected = [
    ...IDENTITY.map(selectColumn),
    select('time', 'time', `max(${column('measuredAt')})`),
    ...DOUBLES.map((name: ColumnName) => ({ ...selectColumn(name), sql: newest(name) })),
  ];
  const sql = toSql({
    select: selected,
    where: [
      `timestamp > now() - INTERVAL '${WINDOW_SECONDS}' SECOND`,
      `${column('metricType')} IN (${quote('watch')}, ${quote('sweep')})`,
    ],
    groupBy: IDENTITY,
    orderBy: ['machine'],
    limit: MAX_ROWS,
  });
  return { sql, columns: selected.map(({ name, unit }) => ({ name, unit })) };
}

/** Rows of that statement in the text format of Prometheus. What is not known is left out. */
export function prometheusWatchText(rows: MetricsTable['rows']): string {
  return SHOWN.map(({ of, double, name, scale, about }): Family => {
    const lines = rows.flatMap((row) => {
      const value = row[double];
      if (row['metricType'] !== of || typeof value !== 'number') return [];
      const labels = of === 'watch' ? seriesOf(row) : { job: String(row['project']) };
      return [lineOf(`fettle_${name}`, labels, Number((value * scale).toPrecision(12)), row)];
    });
    return { name: `fettle_${name}`, about, lines };
  })
    .map(familyText)
    .join('');
}

function watch(double: Shown['double'], name: string, scale: number, about: string): Shown {
  return { of: 'watch', double, name, scale, about };
}

function sweep(double: Shown['double'], name: string, scale: number, about: string): Shown {
  return { of: 'sweep', double, name, scale, about };
}
