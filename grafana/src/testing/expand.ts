import type { ClickhouseQuery } from '../clickhouse-query.ts';

/** What a dashboard or a rule gives to a query. */
export type Range = {
  /** Unix seconds. */
  from: number;
  to: number;
  /** Width of a step in seconds. */
  interval: number;
  /** Picked values, one for each variable. */
  variables?: Record<string, string>;
};

/**
 * The text that the plugin sends for a query: Grafana puts in variables, the plugin its macros (for a column of type
 * DATETIME), a comment that says where it is from, and the format.
 */
export function expand(query: ClickhouseQuery, { from, to, interval, variables = {} }: Range): string {
  const { dateTimeColDataType: time, database, table } = query;
  const filter = `${time} >= toDateTime(${from}) AND ${time} <= toDateTime(${to})`;
  const sql = query.query
    .replaceAll(/\$\{(\w+):sqlstring\}/g, (_, name: string) => `'${variables[name]?.replaceAll("'", "''")}'`)
    .replaceAll(/\$timeSeries\b/g, `(intDiv(toUInt32(${time}), ${interval}) * ${interval}) * 1000`)
    .replaceAll(/\$timeFilter\b/g, filter)
    .replaceAll(/\$table\b/g, `${database === '' ? 'default' : database}.${table}`)
    .replaceAll(/\$from\b/g, String(from))
    .replaceAll(/\$to\b/g, String(to))
    .replaceAll(/\$dateTimeCol\b/g, time)
    .replaceAll(/\$interval\b/g, String(interval));
  const comment = query.add_metadata ? '/* grafana dashboard=Fettle, user=admin */ ' : '';
  return `${comment}${sql} FORMAT JSON`;
}
