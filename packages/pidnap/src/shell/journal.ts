import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './process-table.ts';

/** A file smaller than this is not compacted: rewriting it would cost more than reading it once at the next start. */
const MIN_COMPACTION_BYTES = 1_048_576;
/** How many times its size after the last compaction a file may have, so that an entry is rewritten rarely. */
const GROWTH = 4;
const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
const NEWLINE = 0x0a;

/** What a journal is about, and how its owner reads and tells it. */
export interface JournalOptions<Entry> {
  readonly path: string;
  /** Written as the first line; a file that begins with anything else is of another version and is set aside. */
  readonly format: { readonly format: string; readonly version: number };
  /** The entry a line holds; throws when it holds none. */
  readonly parse: (value: unknown) => Entry;
  /** The fewest entries that tell all that is known now: what a compaction leaves. */
  readonly known: () => Iterable<Entry>;
}

/**
 * An append-only file of JSON lines. What `append` returned from survives the death of this process, and with `durable`
 * a power cut. No fault of the disk is thrown: it is said once on stderr, the owner's memory stays the truth, and the
 * next append that succeeds writes all of it.
 */
export class Journal<Entry> {
  readonly #options: JournalOptions<Entry>;
  #file: number | null = null;
  #size = 0;
  #compactedSize = 0;
  #compaction: NodeJS.Immediate | null = null;
  /** The file lacks entries: only a whole compaction makes it good again. */
  #behind = false;
  #closed = false;

  constructor(options: JournalOptions<Entry>) {
    this.#options = options;
  }

  /**
   * Hands over every entry of the file, oldest first; to be called once, before the first append. A last line without
   * its end was never promised to anybody and is cut off. Of a broken file everything readable is taken, and the file
   * is kept beside the new one as `.broken`.
   */
  replay(take: (entry: Entry) => void): void {
    const { path } = this.#options;
    const { lines, unread, problem } = this.#read();
    let broken = problem;
    for (const line of lines) {
      try {
        take(this.#options.parse(JSON.parse(line)));
      } catch (error) {
        broken ??= String(error);
      }
    }
    this.#try(() => {
      if (broken !== null) {
        setAside(path, broken);
        return this.#compact();
      }
      if (unread > 0) ftruncateSync(this.#open(), this.#size);
    });
  }

  /** Writes entries that the owner has put into what is `known` already, all in one write. Does nothing once closed. */
  append(entries: readonly Entry[], { durable = false }: { durable?: boolean } = {}): void {
    if (entries.length === 0 || this.#closed) return;
    this.#try(() => {
      if (this.#behind) return this.#compact();
      const isNew = this.#size === 0;
      const file = this.#open();
      this.#size += writeAll(file, toText(isNew ? [this.#options.format, ...entries] : entries));
      if (durable) fsyncSync(file);
      if (durable && isNew) syncDirectory(this.#options.path);
    });
    this.#compactWhenGrown();
  }

  close(): void {
    this.#closed = true;
    if (this.#compaction) clearImmediate(this.#compaction);
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  /** The whole lines after the first, how many bytes follow them, and why the file as such cannot be used. */
  #read(): { lines: string[]; unread: number; problem: string | null } {
    const { path, format } = this.#options;
    let content: Buffer;
    try {
      content = readFileSync(path);
    } catch (error) {
      return { lines: [], unread: 0, problem: isErrno(error, 'ENOENT') ? null : String(error) };
    }
    this.#size = content.lastIndexOf(NEWLINE) + 1;
    const unread = content.length - this.#size;
    if (this.#size === 0) return { lines: [], unread, problem: null };
    const [first, ...lines] = content.toString('utf8', 0, this.#size - 1).split('\n');
    if (first === JSON.stringify(format)) return { lines, unread, problem: null };
    const problem = `it does not begin with ${JSON.stringify(format)}`;
    return { lines: [], unread, problem };
  }

  #open(): number {
    this.#file ??= openSync(this.#options.path, APPEND, 0o600);
    return this.#file;
  }

  /** The file is replaced as a whole: written aside, flushed, renamed, so a crash leaves the old one or the new one. */
  #compact(): void {
    const { path, format, known } = this.#options;
    const aside = `${path}.new`;
    const file = openSync(aside, APPEND | constants.O_TRUNC, 0o600);
    try {
      this.#compactedSize = writeAll(file, toText([format, ...known()]));
      fsyncSync(file);
      renameSync(aside, path);
    } catch (error) {
      closeSync(file);
      // Half a file would keep a full disk full.
      rmSync(aside, { force: true });
      throw error;
    }
    if (this.#file !== null) closeSync(this.#file);
    this.#file = file;
    this.#size = this.#compactedSize;
    syncDirectory(path);
  }

  /** After what waits for this append has happened: flushing takes longer than a restart may. */
  #compactWhenGrown(): void {
    if (this.#compaction || this.#size <= Math.max(MIN_COMPACTION_BYTES, GROWTH * this.#compactedSize))
      return;
    this.#compaction = setImmediate(() => {
      this.#compaction = null;
      try {
        this.#compact();
      } catch (error) {
        // The file is whole, only long: the next try comes when it has grown as much again.
        this.#compactedSize = this.#size;
        console.error(`pidnap: cannot compact ${this.#options.path}: ${String(error)}`);
      }
    }).unref();
  }

  #try(write: () => void): void {
    const { path } = this.#options;
    try {
      write();
      if (this.#behind) console.error(`pidnap: ${path} is written again, nothing is missing in it`);
      this.#behind = false;
    } catch (error) {
      if (!this.#behind)
        console.error(`pidnap: cannot write ${path}, what happens is remembered in memory: ${String(error)}`);
      this.#behind = true;
    }
  }
}

function toText(entries: readonly unknown[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** Bytes written: all of them, or it throws. A disk that fills up takes a part of a write without an error. */
function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
  return written;
}

/** A new name in a directory survives a power cut only once the directory itself is flushed. */
function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** Keeps a broken file under a second name; the first one is replaced afterwards, so at no time there is none. */
function setAside(path: string, problem: string): void {
  const broken = `${path}.broken`;
  console.error(`pidnap: ${path} is broken and kept as ${broken}: ${problem}`);
  try {
    rmSync(broken, { force: true });
    linkSync(path, broken);
  } catch (error) {
    try {
      // Not every file system has hard links.
      copyFileSync(path, broken);
    } catch {
      console.error(`pidnap: ${path} could not be kept: ${String(error)}`);
    }
  }
}
