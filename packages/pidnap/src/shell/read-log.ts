import type { FileHandle } from 'node:fs/promises';
import { promises } from 'node:fs';
import type { LogLine } from '../contract/process.ts';
import { decodeLines } from '../core/lines.ts';
import { ENTRY_BYTES, MAX_HEALED_BYTES, decodeEntry, type IndexEntry } from '../core/log-index.ts';
import { logNumbers, logPaths } from './log-file.ts';
import { isErrno } from './process-table.ts';

/** An answer holds at most this many characters of text, however many lines were asked for. */
const MAX_ANSWER_CHARS = 4_194_304;
/** Entries and bytes that are read at once; the first read is small, since most answers are. */
const BLOCK_ENTRIES = 256;
const FIRST_READ_BYTES = 16_384;
const READ_BYTES = 262_144;

export interface LogQuery {
  readonly tail: number;
  /** Wall clock in milliseconds since 1970. */
  readonly since?: number | undefined;
}

/** How far the newest pair of files is to be read: what lies behind came later, or is being written just now. */
export interface LogExtent {
  readonly number: number;
  readonly indexSize: number;
}

/** An entry, and where its bytes begin. */
type Span = IndexEntry & { readonly start: number };

/**
 * The newest `tail` lines not older than `since`, oldest first, up to `extent` (null: to the end). Files are read
 * backwards by their indexes: the cost follows the answer, not the size of the log.
 */
export async function readNewestLines(
  dir: string,
  extent: LogExtent | null,
  { tail, since = -Infinity }: LogQuery,
): Promise<{ lines: LogLine[]; more: boolean }> {
  const newestFirst: LogLine[] = [];
  const answer = (more: boolean) => ({ lines: newestFirst.toReversed(), more });
  let chars = 0;
  for (const number of logNumbers(await namesIn(dir))) {
    if (extent && number > extent.number) continue;
    const bounds = extent?.number === number ? extent : null;
    for await (const { entry, bytes } of entriesBackwards(dir, number, bounds)) {
      if (entry.at < since) return answer(false);
      const { at, stream, partial } = entry;
      for (const line of decodeLines(bytes, partial).toReversed()) {
        if (newestFirst.length >= tail || chars > MAX_ANSWER_CHARS) return answer(true);
        newestFirst.push({ at, stream, ...line });
        chars += line.text.length;
      }
    }
  }
  return answer(false);
}

async function* entriesBackwards(
  dir: string,
  number: number,
  extent: LogExtent | null,
): AsyncGenerator<{ entry: IndexEntry; bytes: Buffer }> {
  const paths = logPaths(dir, number);
  await using index = await openIfThere(paths.index);
  await using data = await openIfThere(paths.data);
  // Rotation deletes the oldest while they are read: the log ends there.
  if (!index || !data) return;
  let readBytes = FIRST_READ_BYTES;
  for await (const block of spansBackwards(index, extent?.indexSize ?? (await index.stat()).size)) {
    while (block.length > 0) {
      const group = takeNewest(block, readBytes);
      const from = group[0]?.start ?? 0;
      const bytes = await readAt(data, from, group.at(-1)?.end ?? from);
      for (const span of group.toReversed())
        yield { entry: span, bytes: bytes.subarray(span.start - from, span.end - from) };
      readBytes = READ_BYTES;
    }
  }
}

/** Blocks of entries, newest block first, each in order. */
async function* spansBackwards(index: FileHandle, size: number): AsyncGenerator<Span[]> {
  for (let end = Math.floor(size / ENTRY_BYTES); end > 0; end -= BLOCK_ENTRIES) {
    const first = Math.max(0, end - BLOCK_ENTRIES);
    // One more in front: it says where the first one begins.
    const from = Math.max(0, first - 1);
    const bytes = await readAt(index, from * ENTRY_BYTES, end * ENTRY_BYTES);
    let start = first > 0 ? (decodeEntry(bytes, 0)?.end ?? null) : 0;
    const spans: Span[] = [];
    for (let offset = (first - from) * ENTRY_BYTES; offset < bytes.length; offset += ENTRY_BYTES) {
      const entry = decodeEntry(bytes, offset);
      // What is not readable as an entry is passed over; its bytes count to the next one.
      if (!entry || entry.end <= (start ?? 0)) continue;
      const soon = Math.max(start ?? 0, entry.end - MAX_HEALED_BYTES);
      spans.push({ ...entry, start: soon });
      start = entry.end;
    }
    yield spans;
  }
}

/** Takes the newest entries off the end of the list, as many as fit, at least one. */
function takeNewest(spans: Span[], bytes: number): Span[] {
  const end = spans.at(-1)?.end ?? 0;
  let count = 1;
  while (count < spans.length && end - (spans.at(-count - 1)?.start ?? 0) <= bytes) count += 1;
  return spans.splice(-count);
}

/** The bytes from one offset to another, or fewer where the file ends. */
async function readAt(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await promises.readdir(dir);
  } catch (error) {
    // Nothing was written yet.
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await promises.open(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}
