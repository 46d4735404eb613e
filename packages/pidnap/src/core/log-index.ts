/**
 * The index of a log file. `N.log` holds the bytes that a process wrote, `N.index` says in entries of a fixed size
 * which of them came when and from where: each entry covers the bytes from the end of the one before to its own end.
 *
 *     offset  0  float64  milliseconds since 1970
 *             8  uint32   end of the bytes in the data file
 *            12  uint8    stream: 0 stdout, 1 stderr, 2 pidnap
 *            13  uint8    1: the last line goes on in the next entry of the stream
 *            14  uint16   0x4c50, tells an entry from zeros and garbage
 *
 * All numbers are little-endian.
 */
import type { LogLine } from '../contract/process.ts';

export const ENTRY_BYTES = 16;

const MAGIC = 0x4c_50;
const STREAMS = ['stdout', 'stderr', 'pidnap'] as const satisfies LogLine['stream'][];

/** Bytes without an entry get entries of at most this size, so that no reader has to hold a whole file. */
export const MAX_HEALED_BYTES = 1_048_576;

export interface IndexEntry {
  /** Wall clock in milliseconds since 1970. */
  readonly at: number;
  readonly stream: LogLine['stream'];
  /** Where the bytes of the entry end in the data file; they begin where those of the entry before end. */
  readonly end: number;
  /** The last line goes on in the next entry of the stream. */
  readonly partial: boolean;
}

export function encodeEntries(entries: readonly IndexEntry[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.length * ENTRY_BYTES);
  let offset = 0;
  for (const { at, stream, end, partial } of entries) {
    bytes.writeDoubleLE(at, offset);
    bytes.writeUInt32LE(end, offset + 8);
    bytes.writeUInt8(STREAMS.indexOf(stream), offset + 12);
    bytes.writeUInt8(partial ? 1 : 0, offset + 13);
    bytes.writeUInt16LE(MAGIC, offset + 14);
    offset += ENTRY_BYTES;
  }
  return bytes;
}

/** The entry at an offset; null for what is none, such as the zeros that a power cut can leave. */
export function decodeEntry(index: Buffer, offset: number): IndexEntry | null {
  if (offset < 0 || offset + ENTRY_BYTES > index.length) return null;
  const at = index.readDoubleLE(offset);
  const stream = STREAMS[index.readUInt8(offset + 12)];
  const flags = index.readUInt8(offset + 13);
  if (index.readUInt16LE(offset + 14) !== MAGIC || stream === undefined || flags > 1) return null;
  if (!Number.isFinite(at)) return null;
  return { at, stream, end: index.readUInt32LE(offset + 8), partial: flags === 1 };
}

/**
 * What makes an index fit its data again after a crash in the middle of a write: the bytes of `index` to keep, and the
 * entries to add. Entries beyond the data are cut off; data beyond the entries is given new ones, with the time and
 * stream of the entry that was torn, or else of standard output at `at`. `index` may begin at any entry of the file.
 */
export function healIndex({ index, dataSize, at }: { index: Buffer; dataSize: number; at: number }): {
  keep: number;
  add: IndexEntry[];
} {
  let keep = index.length - (index.length % ENTRY_BYTES);
  let torn: IndexEntry | null = null;
  for (; keep > 0; keep -= ENTRY_BYTES) {
    const last = decodeEntry(index, keep - ENTRY_BYTES);
    const before = decodeEntry(index, keep - 2 * ENTRY_BYTES);
    if (last && last.end <= dataSize && last.end > (before?.end ?? 0)) break;
    torn = last ?? torn;
  }
  const start = decodeEntry(index, keep - ENTRY_BYTES)?.end ?? 0;
  const add: IndexEntry[] = [];
  const { at: tornAt, stream } = torn ?? { at, stream: 'stdout' };
  for (let end = start; end < dataSize;) {
    end = Math.min(end + MAX_HEALED_BYTES, dataSize);
    add.push({ at: tornAt, stream, end, partial: end < dataSize });
  }
  return { keep, add };
}
