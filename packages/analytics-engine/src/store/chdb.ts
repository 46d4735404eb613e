import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Session } from 'chdb';
import { EngineError, type EngineErrorCode } from '../errors.ts';

/** A connection to ClickHouse. Statements on one connection run one after the other; connections run side by side. */
export type Connection = Pick<Session, 'queryAsync' | 'close'>;

/** Opens a connection to the data in a folder. All of one process are of the same folder. */
export type Connect = () => Connection;

/** Caches that fit on a laptop: by default they may take 5 GB each. */
const ARGUMENTS = ['mark', 'primary_index', 'index_mark'].map((cache) => `--${cache}_cache_size=67108864`);

/** Loads ClickHouse (200 MB of memory, most of it shared with the file): not before an engine is opened. */
export async function loadChdb(folder: string): Promise<Connect> {
  const { Session } = await import('chdb').catch((cause: unknown) => {
    throw new EngineError(
      'NO_BINARY',
      `ClickHouse (package chdb) is not there for ${process.platform}-${process.arch}: ${messageOf(cause)}`,
      { cause },
    );
  });
  return () => {
    try {
      return new Session(folder, { connectionArgs: ARGUMENTS });
    } catch (cause) {
      const owner = ownerOf(folder);
      if (owner !== null) {
        throw new EngineError('FOLDER_IN_USE', `${folder}: process ${owner} has it open`, { cause });
      }
      throw new EngineError('FOLDER_UNUSABLE', `${folder}: ${messageOf(cause)}`, { cause });
    }
  };
}

/** The living process that ClickHouse's lock file names. ClickHouse itself tells why it cannot open only on standard error. */
function ownerOf(folder: string): number | null {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(path.join(folder, 'status'), 'utf8'))?.[1]);
    process.kill(pid, 0);
    return pid;
  } catch {
    return null; // no such file or no such process: it was something else
  }
}

// Names of ClickHouse's error codes, https://clickhouse.com/docs and system.errors.
const CODES: Record<number, EngineErrorCode> = {
  158: 'QUERY_TOO_LARGE', // TOO_MANY_ROWS
  159: 'QUERY_TIMEOUT', // TIMEOUT_EXCEEDED
  241: 'QUERY_TOO_LARGE', // MEMORY_LIMIT_EXCEEDED
  252: 'OVERLOADED', // TOO_MANY_PARTS
  307: 'QUERY_TOO_LARGE', // TOO_MANY_BYTES
  396: 'QUERY_TOO_LARGE', // TOO_MANY_ROWS_OR_BYTES
};

const NOT_ENOUGH_SPACE = 243;

/** What ClickHouse threw, in our words; `otherwise` is the code where none of ours is closer. */
export function engineErrorOf(cause: unknown, otherwise: EngineErrorCode): EngineError {
  if (cause instanceof EngineError) return cause;
  const text = messageOf(cause);
  const code = Number(/^Code: (\d+)\./.exec(text)?.[1]);
  if (code === NOT_ENOUGH_SPACE || text.includes('No space left on device')) {
    return new EngineError('DISK_FULL', `the disk is full: ${plain(text)}`, { cause });
  }
  return new EngineError(CODES[code] ?? otherwise, plain(text), { cause });
}

/** ClickHouse's message without its code, its stack and its version. */
function plain(text: string): string {
  const message = /^Code: \d+\. DB::\w+: (.*?)(?:\. \([A-Z_]+\)|$)/s.exec(text)?.[1] ?? text;
  return message.split('\n', 1)[0]!.trim();
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
