import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DATASET } from '@fettle/metrics';

/** The plugin that speaks to the SQL API, and the version that everything here is written for. */
export const PLUGIN = { type: 'vertamedia-clickhouse-datasource', version: '3.4.11' } as const;

/** The one data source, provisioned under this id. */
export const DATASOURCE = { type: PLUGIN.type, uid: 'fettle-metrics' };

/** Rows as lines over time (a column `t` in Unix milliseconds first), or as a table. */
export type RowFormat = 'time_series' | 'table';

/** What the plugin keeps of a query. Its names; the SDK has no type for it. */
export type ClickhouseQuery = {
  refId: string;
  datasource: typeof DATASOURCE;
  query: string;
  rawQuery: true;
  format: RowFormat;
  dateTimeColDataType: string;
  dateTimeType: 'DATETIME';
  dateColDataType: string;
  database: string;
  table: string;
  round: string;
  interval: string;
  intervalFactor: number;
  extrapolate: boolean;
  skip_comments: boolean;
  add_metadata: boolean;
  adHocFilters: never[];
};

/**
 * A query of the plugin. The last point is never invented (`extrapolate`), no database is put before the table, and
 * the column for macros is given because the pickers, which read system tables, stay empty.
 */
export function clickhouseQuery(refId: string, query: string, format: RowFormat): ClickhouseQuery {
  return {
    refId,
    datasource: DATASOURCE,
    query,
    rawQuery: true,
    format,
    dateTimeColDataType: 'timestamp',
    dateTimeType: 'DATETIME',
    dateColDataType: '',
    database: '',
    table: DATASET,
    round: '0s',
    interval: '',
    intervalFactor: 1,
    extrapolate: false,
    skip_comments: true,
    add_metadata: true,
    adHocFilters: [],
  };
}

/** A query as the SDK's builders take it: they only call `build`, and read nothing of what comes back. */
export function asTarget(query: ClickhouseQuery): Builder<Dataquery> {
  return { build: () => query as unknown as Dataquery };
}
