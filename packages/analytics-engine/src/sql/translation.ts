/** Formats of an answer; `JSON` when a statement names none. */
export type Format = 'JSON' | 'JSONEachRow' | 'TabSeparated';

/** What is known of the datasets: the names of those that were ever written. */
export type Catalog = { datasets: ReadonlySet<string> };

/**
 * What became of a statement.
 *
 * `select`: ClickHouse SQL without a FORMAT clause. It reads nothing but tables of database `ae` that the catalog names.
 * `show-…`: nothing for ClickHouse to do; the caller answers from its catalog, the list of time zones, or `Etc/UTC`.
 * Not `ok`: the text of an HTTP 422, beginning with `Input was invalid: `.
 */
export type Translation =
  | { ok: true; kind: 'select'; sql: string; format: Format }
  | { ok: true; kind: 'show-tables' | 'show-timezones' | 'show-timezone'; format: Format }
  | { ok: false; message: string };
