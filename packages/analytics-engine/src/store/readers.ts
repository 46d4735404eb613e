import { EngineError } from '../errors.ts';
import { type Format, SESSION_SETTINGS } from '../sql.ts';
import { type Connect, type Connection, engineErrorOf } from './chdb.ts';
import type { QueryLimits } from './query-limits.ts';

/** Queries that run side by side: with the insert, one less than the threads that Node has for such work. */
const CONNECTIONS = 2;
/** Queries that may wait for one of these. */
const MAX_WAITING = 64;

/** Connections that can read and nothing else. */
export class Readers {
  readonly #all: Connection[];
  readonly #free: Connection[];
  readonly #waiting: { go: (connection: Connection) => void; fail: (error: EngineError) => void }[] = [];

  private constructor(connections: Connection[]) {
    this.#all = connections;
    this.#free = [...connections];
  }

  /** Opens them. What a query may take is fixed here: read-only connections cannot change it. */
  static async open(connect: Connect, limits: QueryLimits): Promise<Readers> {
    const settings = [
      ...SESSION_SETTINGS,
      `max_execution_time = ${limits.deadlineMs / 1000}`,
      `max_memory_usage = ${limits.maxMemoryBytes}`,
      `max_result_bytes = ${limits.maxAnswerBytes}`,
      'output_format_write_statistics = 0',
      'readonly = 1',
    ];
    const connections = Array.from({ length: CONNECTIONS }, connect);
    for (const connection of connections) await connection.queryAsync(`SET ${settings.join(', ')}`);
    return new Readers(connections);
  }

  /** The answer in a format of ClickHouse's. */
  async query(sql: string, format: Format): Promise<Uint8Array> {
    const connection = this.#free.pop() ?? (await this.#wait());
    try {
      return (await connection.queryAsync(sql, { format })).bytes();
    } catch (error) {
      // What a query had written before it failed would come before the next answer on its connection.
      await connection.queryAsync('SELECT 1', { format: 'Null' });
      throw engineErrorOf(error, 'QUERY_FAILED');
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(connection);
      else next.go(connection);
    }
  }

  /** Ends the queries that wait; those that run go on. */
  refuseWaiting(): void {
    for (const { fail } of this.#waiting.splice(0)) fail(new EngineError('CLOSED', 'the engine is closing'));
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #wait(): Promise<Connection> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new EngineError('OVERLOADED', `${MAX_WAITING} queries already wait`);
    }
    return new Promise((go, fail) => this.#waiting.push({ go, fail }));
  }
}
