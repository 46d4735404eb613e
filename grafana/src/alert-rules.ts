import { column, type ColumnName } from '@fettle/metrics';
import {
  byMachines,
  highest,
  mean,
  measure,
  ofType,
  share,
  written,
} from '@fettle/metrics/queries/expressions';
import { NEWEST_MACHINE, SILENT_AFTER_SECONDS, SILENT_SECONDS, skipped } from '@fettle/metrics/queries/gaps';
import { RESTARTED } from '@fettle/metrics/queries/process';
import { select, selectColumn, toSql, type Selected } from '@fettle/metrics/queries/statement';
import { RESTARTS } from './counts.ts';
import { IN_RANGE } from './sql.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** For how long no sweep was written. */
const SINCE_SWEEP = select(
  'sinceSweepSeconds',
  'seconds',
  'toUnixTimestamp(now()) - toUnixTimestamp(max(timestamp))',
);
const MEMORY_SHARE = share('memoryUsedMb', 'memoryTotalMb');

/** One rule: a number for each of some names, and the bound that it must not cross. */
export type Alert = {
  uid: string;
  title: string;
  /** What has happened, for the person who is woken. `$labels` and `$values` are Grafana's. */
  summary: string;
  severity: 'page' | 'ticket';
  /** How far back the statement looks, in seconds. */
  lookBack: number;
  sql: string;
  fires: { type: 'gt' | 'lt'; bound: number };
  /** How long it must stay true. */
  forDuration: string;
  /** What an empty answer means. Where rows exist only when something happened, it means that nothing did. */
  noData: 'Alerting' | 'OK';
};

/** What people are woken or written to for. */
export const ALERTS: readonly Alert[] = [
  {
    uid: 'fettle-missing-data',
    title: 'No metrics at all',
    summary:
      'No machine has written a point for 5 minutes: the control plane, its dataset or the whole fleet is away.',
    severity: 'page',
    lookBack: 5 * MINUTE,
    sql: seriesSql([], select('points', 'count', written()), [byMachines()]),
    fires: { type: 'lt', bound: 1 },
    forDuration: '2m',
    noData: 'Alerting',
  },
  {
    uid: 'fettle-silent-machine',
    title: 'A machine is silent',
    summary:
      'Nothing from {{ $labels.machine }} (slot {{ $labels.slot }}) for {{ printf "%.0f" $values.B.Value }} s.',
    severity: 'page',
    lookBack: 6 * HOUR,
    sql: seriesSql(['project', 'slot'], SILENT_SECONDS, [byMachines()], [NEWEST_MACHINE]),
    fires: { type: 'gt', bound: SILENT_AFTER_SECONDS },
    forDuration: '1m',
    noData: 'Alerting',
  },
  {
    uid: 'fettle-cpu-high',
    title: 'Cpu is high',
    summary:
      '{{ $labels.machine }} used {{ printf "%.0f" $values.B.Value }} % of its processors over 10 minutes.',
    severity: 'ticket',
    lookBack: 10 * MINUTE,
    sql: figureSql('cpuPercent'),
    fires: { type: 'gt', bound: 90 },
    forDuration: '10m',
    noData: 'OK',
  },
  {
    uid: 'fettle-memory-high',
    title: 'Memory is high',
    summary:
      '{{ $labels.machine }} used {{ printf "%.0f" $values.B.Value }} % of its memory over 10 minutes.',
    severity: 'ticket',
    lookBack: 10 * MINUTE,
    sql: seriesSql(['machine'], select('memoryPercent', 'percent', mean(MEMORY_SHARE)), [
      ofType('resource'),
      MEMORY_SHARE.known,
    ]),
    fires: { type: 'gt', bound: 90 },
    forDuration: '10m',
    noData: 'OK',
  },
  {
    uid: 'fettle-disk-nearly-full',
    title: 'A disk is nearly full',
    summary: 'The disk of {{ $labels.machine }} is {{ printf "%.0f" $values.B.Value }} % full.',
    severity: 'page',
    lookBack: 10 * MINUTE,
    sql: figureSql('diskUsedPercent'),
    fires: { type: 'gt', bound: 90 },
    forDuration: '5m',
    noData: 'OK',
  },
  {
    uid: 'fettle-crash-loop',
    title: 'A process is in a crash loop',
    summary:
      '{{ $labels.process }} on {{ $labels.machine }} restarted {{ printf "%.0f" $values.B.Value }} times in 10 minutes.',
    severity: 'page',
    lookBack: 10 * MINUTE,
    sql: seriesSql(['machine', 'process'], RESTARTS, [ofType('process'), RESTARTED]),
    fires: { type: 'gt', bound: 3 },
    forDuration: '0s',
    noData: 'OK',
  },
  {
    uid: 'fettle-slow-start',
    title: 'A machine started slowly',
    summary:
      '{{ $labels.machine }} took {{ printf "%.0f" $values.B.Value }} ms from its entrypoint to ready.',
    severity: 'ticket',
    lookBack: 30 * MINUTE,
    sql: seriesSql(['machine'], select('timeToReadyMs', 'ms', highest(measure('timeToReadyMs'))), [
      ofType('startup'),
    ]),
    fires: { type: 'gt', bound: 60_000 },
    forDuration: '0s',
    noData: 'OK',
  },
  {
    uid: 'fettle-lost-points',
    title: 'Points are lost',
    summary:
      '{{ printf "%.0f" $values.B.Value }} points of {{ $labels.machine }} never arrived within the last hour.',
    severity: 'ticket',
    lookBack: HOUR,
    sql: seriesSql(['machine', 'boot'], select('lost', 'count', skipped()), [byMachines()]),
    fires: { type: 'gt', bound: 5 },
    forDuration: '10m',
    noData: 'OK',
  },
  {
    uid: 'fettle-nobody-sweeps',
    title: 'Nobody sweeps',
    summary: 'No sweep of project {{ $labels.project }} for 5 minutes: an alarm that is lost now stays lost.',
    severity: 'page',
    lookBack: HOUR,
    sql: seriesSql(['project'], SINCE_SWEEP, [ofType('sweep')]),
    fires: { type: 'gt', bound: 5 * MINUTE },
    forDuration: '1m',
    noData: 'Alerting',
  },
  {
    uid: 'fettle-ticks-late',
    title: 'Machines are watched late',
    summary:
      'The alarms of project {{ $labels.project }} were up to {{ printf "%.0f" $values.B.Value }} ms late over 10 minutes.',
    severity: 'ticket',
    lookBack: 10 * MINUTE,
    sql: seriesSql(['project'], select('worstLagMs', 'ms', highest(measure('worstLagMs'))), [
      ofType('sweep'),
    ]),
    // Alarms can be a minute late during a failover; what is later is not slow, but stuck.
    fires: { type: 'gt', bound: 90_000 },
    forDuration: '5m',
    noData: 'OK',
  },
  {
    uid: 'fettle-stale-machines',
    title: 'Machines are not watched',
    summary:
      '{{ printf "%.0f" $values.B.Value }} machines of project {{ $labels.project }} were not looked at for three intervals.',
    severity: 'page',
    lookBack: 5 * MINUTE,
    sql: seriesSql(['project'], select('staleMachines', 'count', highest(measure('staleMachines'))), [
      ofType('sweep'),
    ]),
    fires: { type: 'gt', bound: 0 },
    forDuration: '5m',
    noData: 'OK',
  },
];

function figureSql(name: ColumnName): string {
  return seriesSql(['machine'], select(name, 'percent', mean(measure(name))), [
    ofType('resource'),
    measure(name).known,
  ]);
}

/**
 * One row for each combination of `by`: the time of its last point (which the plugin takes from a column `t` of
 * integers), its labels, which are its texts, and the number.
 */
function seriesSql(by: ColumnName[], value: Selected, where: string[], labels: Selected[] = []): string {
  return toSql({
    select: [
      select('t', 'time', `toUInt32(max(${column('measuredAt')})) * 1000`),
      ...by.map(selectColumn),
      ...labels,
      value,
    ],
    where: [...IN_RANGE, ...where],
    groupBy: by,
    orderBy: [],
  });
}
