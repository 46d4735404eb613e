import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { encodeRow, ROW_COLUMNS, type Row } from '../core/row.ts';
import { changeRetention, createTable, DATABASE, quoteName, tableOf, ttl } from '../core/schema.ts';
import { EngineError } from '../errors.ts';
import type { Format } from '../sql.ts';
import { type Connect, type Connection, engineErrorOf, loadChdb } from './chdb.ts';
import { InsertQueue } from './insert-queue.ts';
import type { QueryLimits } from './query-limits.ts';
import { Readers } from './readers.ts';

export type StoreOptions = {
  /** Made when it is missing. One engine at a time. */
  folder: string;
  /** Days after which data points are dropped; production keeps them for 90. */
  retentionDays: number;
  /** How long the first rows of an insert wait for others, which is added to every answer. */
  gatherMs: number;
  /** Bytes of rows that may wait for the disk before more are refused with OVERLOADED. */
  maxWaitingBytes: number;
  query: QueryLimits;
};

/** Data points on disk. Every failure is an EngineError. */
export type Store = {
  /** Names of the datasets that were ever written. */
  readonly datasets: ReadonlySet<string>;
  /**
   * Settled when the rows are in files: they survive the end of this process, however it ends. They are not forced
   * through the cache of the operating system, so a loss of power can take the last seconds.
   */
  insert(dataset: string, rows: Row[]): Promise<void>;
  /** Runs SQL of ClickHouse's, read-only. */
  query(sql: string, format: Format): Promise<Uint8Array>;
  /** Writes what was taken, waits for the queries that run, refuses those that wait, and gives the folder free. */
  close(): Promise<void>;
};

/** Folders that this process has open: ClickHouse's own lock only keeps other processes out. */
const open = new Set<string>();

/** Opens the data in a folder, or fails with NO_BINARY, FOLDER_IN_USE or FOLDER_UNUSABLE. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const folder = path.resolve(options.folder);
  if (open.has(folder)) throw new EngineError('FOLDER_IN_USE', `${folder}: another engine has it open`);
  if (open.size > 0) {
    throw new EngineError('FOLDER_UNUSABLE', `a process can hold one folder open, and has ${[...open][0]}`);
  }
  open.add(folder);
  try {
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw new EngineError('FOLDER_UNUSABLE', `${folder}: cannot be made`, { cause });
    });
    const connect = await loadChdb(folder);
    return await openTables(connect, options, () => open.delete(folder));
  } catch (error) {
    open.delete(folder);
    throw error;
  }
}

async function openTables(connect: Connect, options: StoreOptions, release: () => void): Promise<Store> {
  const writer = connect();
  const datasets = new Set<string>();
  let readers: Readers;
  try {
    await run(writer, `CREATE DATABASE IF NOT EXISTS ${quoteName(DATABASE)}`);
    for (const { name, definition } of await tables(writer)) {
      datasets.add(name);
      if (!definition.includes(ttl(options.retentionDays))) {
        await run(writer, changeRetention(name, options.retentionDays));
      }
    }
    readers = await Readers.open(connect, options.query);
  } catch (error) {
    writer.close();
    throw engineErrorOf(error, 'FOLDER_UNUSABLE');
  }

  const queue = new InsertQueue({
    gatherMs: options.gatherMs,
    maxBytes: options.maxWaitingBytes,
    async write(dataset, lines) {
      if (!datasets.has(dataset)) await run(writer, createTable(dataset, options.retentionDays));
      await run(
        writer,
        `INSERT INTO ${tableOf(dataset)} (${ROW_COLUMNS.join(', ')}) FORMAT TabSeparated\n${lines}`,
      );
      datasets.add(dataset);
    },
  });

  let closing: Promise<void> | null = null;
  const running = new Set<Promise<unknown>>();
  return {
    datasets,
    insert: (dataset, rows) => queue.add(dataset, rows.map(encodeRow).join('')),
    async query(sql, format) {
      if (closing !== null) throw new EngineError('CLOSED', 'the engine is closing');
      const answer = readers.query(sql, format);
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    close() {
      closing ??= (async () => {
        readers.refuseWaiting();
        await Promise.allSettled([queue.close(), ...running]);
        readers.close();
        writer.close();
        release();
      })();
      return closing;
    },
  };
}

async function run(connection: Connection, sql: string): Promise<void> {
  await connection.queryAsync(sql).catch((error: unknown) => {
    throw engineErrorOf(error, 'INTERNAL');
  });
}

async function tables(connection: Connection): Promise<{ name: string; definition: string }[]> {
  const sql = `SELECT name, create_table_query AS definition FROM system.tables WHERE database = '${DATABASE}'`;
  const answer = await connection.queryAsync(sql, { format: 'JSON' });
  return answer.json<{ data: { name: string; definition: string }[] }>().data;
}
