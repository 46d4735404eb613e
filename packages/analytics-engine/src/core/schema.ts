import { MAX_BLOBS, MAX_DOUBLES } from './limits.ts';

/** Database of the tables. */
export const DATABASE = 'ae';

/** A name in a statement of ClickHouse. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A dataset's table in a statement of ClickHouse. */
export function tableOf(dataset: string): string {
  return `${quoteName(DATABASE)}.${quoteName(dataset)}`;
}

/**
 * Makes a dataset's table. A part holds points of one day and is dropped as a whole when its last one is too old: no
 * part is ever rewritten for that.
 */
export function createTable(dataset: string, retentionDays: number): string {
  const columns = [
    `dataset String DEFAULT '${dataset}'`,
    `timestamp DateTime('UTC')`,
    `_sample_interval UInt32`,
    `index1 String`,
    ...Array.from({ length: MAX_BLOBS }, (_, i) => `blob${i + 1} String`),
    ...Array.from({ length: MAX_DOUBLES }, (_, i) => `double${i + 1} Float64`),
  ];
  return [
    `CREATE TABLE IF NOT EXISTS ${tableOf(dataset)} (${columns.join(', ')})`,
    `ENGINE = MergeTree ORDER BY (index1, timestamp) PARTITION BY toYYYYMMDD(timestamp)`,
    `TTL ${ttl(retentionDays)} SETTINGS ttl_only_drop_parts = 1`,
  ].join(' ');
}

/** Gives a table another retention. */
export function changeRetention(dataset: string, retentionDays: number): string {
  return `ALTER TABLE ${tableOf(dataset)} MODIFY TTL ${ttl(retentionDays)}`;
}

/** The retention as ClickHouse writes it into a table's definition. */
export function ttl(retentionDays: number): string {
  return `timestamp + toIntervalDay(${retentionDays})`;
}
