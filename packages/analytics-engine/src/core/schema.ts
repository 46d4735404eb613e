import { MAX_BLOBS, MAX_DOUBLES } from './limits.ts';

/** Database of the tables. */
export const DATABASE = 'ae';

/**
 * Every insert makes a part, and ClickHouse keeps parts for 8 minutes after they were merged into a larger one, in case
 * that one is lost with the operating system's cache: thousands of them, at 100 kB of memory each. Here the larger one
 * is forced to disk instead, and its parts go at once.
 */
const SETTINGS = [
  'ttl_only_drop_parts = 1',
  'min_rows_to_fsync_after_merge = 1',
  'old_parts_lifetime = 1',
  'cleanup_delay_period = 2',
  'max_cleanup_delay_period = 10',
  'cleanup_delay_period_random_add = 0',
];

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
    `TTL ${ttl(retentionDays)} SETTINGS ${SETTINGS.join(', ')}`,
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
