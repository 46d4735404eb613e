/**
 * Where the lines of a stream of bytes begin and end. Bytes are only looked at for line ends here; they become text in
 * `decodeLines`, when somebody reads them.
 */

/** A line longer than this (in bytes, without its end) is cut into parts: output without line ends must not pile up. */
export const MAX_LINE_BYTES = 16_384;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const EMPTY = Buffer.alloc(0);

export interface CutLine {
  readonly text: string;
  /** The line goes on in the next one. */
  readonly partial: boolean;
}

export interface CutChunk {
  /** What is complete: these bytes, then those of `body`. Both empty: nothing is. */
  readonly head: Buffer;
  /** A view of the chunk, as long as that is valid. */
  readonly body: Buffer;
  /** The last line of what is complete is a part: it goes on in the rest. */
  readonly partial: boolean;
  /** The unfinished line, at most MAX_LINE_BYTES; memory of its own, so the chunk may be reused. */
  readonly rest: Buffer;
}

/** Cuts a chunk of one stream behind its last complete line; `rest` is what the chunk before left. */
export function cutChunk(rest: Buffer, chunk: Buffer): CutChunk {
  const complete = chunk.lastIndexOf(NEWLINE) + 1;
  if (complete === 0) return cutUnfinished(rest, chunk);
  const end = endOfParts(chunk, complete);
  return { head: rest, ...cutBehind(chunk, end, end > complete) };
}

function cutUnfinished(rest: Buffer, chunk: Buffer): CutChunk {
  const isShort = rest.length + chunk.length <= MAX_LINE_BYTES;
  // As an offset into the chunk, in front of which the rest stands.
  const first = isShort ? -1 : cutOf(chunk, -rest.length);
  if (first >= 0) return { head: rest, ...cutBehind(chunk, endOfParts(chunk, first), true) };
  const bytes = Buffer.concat([rest, chunk]);
  if (isShort) return { head: EMPTY, body: EMPTY, partial: false, rest: bytes };
  // The cut is within the rest: its last bytes may belong to a character that ends in the chunk.
  return { head: EMPTY, ...cutBehind(bytes, endOfParts(bytes, 0), true) };
}

/** The remains are copied: they must neither change with the chunk nor keep all of it in memory. */
function cutBehind(bytes: Buffer, end: number, partial: boolean): Omit<CutChunk, 'head'> {
  const rest = end === bytes.length ? EMPTY : Buffer.from(bytes.subarray(end));
  return { body: bytes.subarray(0, end), partial, rest };
}

/** The lines of bytes that `cutChunk` called complete. CR LF counts as a line end; what is not UTF-8 becomes U+FFFD. */
export function decodeLines(bytes: Buffer, partial: boolean): CutLine[] {
  const lines: CutLine[] = [];
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    while (end - start > MAX_LINE_BYTES) {
      const cut = cutOf(bytes, start);
      lines.push({ text: bytes.toString('utf8', start, cut), partial: true });
      start = cut;
    }
    const trimmed = newline > start && bytes[newline - 1] === CARRIAGE_RETURN ? newline - 1 : end;
    lines.push({ text: bytes.toString('utf8', start, trimmed), partial: partial && newline < 0 });
    start = end + 1;
  }
  return lines;
}

/**
 * Cuts complete bytes into pieces of at most `limit` bytes, as few as possible, behind line ends. A line longer than
 * that is a piece of its own, in parts where it is longer than MAX_LINE_BYTES.
 */
export function cutPieces(
  bytes: Buffer,
  { limit, partial }: { limit: number; partial: boolean },
): { end: number; partial: boolean }[] {
  const pieces: { end: number; partial: boolean }[] = [];
  let start = 0;
  while (bytes.length - start > limit) {
    const piece = firstPiece(bytes, start, limit);
    if (piece.end === bytes.length) break;
    pieces.push(piece);
    start = piece.end;
  }
  return [...pieces, { end: bytes.length, partial }];
}

function firstPiece(bytes: Buffer, start: number, limit: number): { end: number; partial: boolean } {
  const fitting = bytes.lastIndexOf(NEWLINE, start + limit - 1);
  if (fitting >= start) return { end: fitting + 1, partial: false };
  const newline = bytes.indexOf(NEWLINE, start + limit);
  const lineEnd = newline < 0 ? bytes.length : newline;
  if (lineEnd - start > MAX_LINE_BYTES) return { end: cutOf(bytes, start), partial: true };
  return { end: newline < 0 ? bytes.length : newline + 1, partial: false };
}

/** How many lines these bytes are, an unfinished last one included. */
export function countLines(bytes: Buffer): number {
  let count = 0;
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    count += 1;
    if (newline < 0) return count;
    start = newline + 1;
  }
  return count;
}

/** Behind the last part that can be cut off the unfinished line which begins at `start`; `start` when it is short. */
function endOfParts(bytes: Buffer, start: number): number {
  let end = start;
  while (bytes.length - end > MAX_LINE_BYTES) end = cutOf(bytes, end);
  return end;
}

/**
 * Where the line at `start`, longer than MAX_LINE_BYTES, is cut: at most three bytes earlier than the limit, so that a
 * character of several bytes stays whole. Depends on the bytes of the line alone, not on how they arrived. Negative when
 * the line begins in front of the bytes, and the cut may be there too.
 */
function cutOf(bytes: Buffer, start: number): number {
  const limit = start + MAX_LINE_BYTES;
  for (let cut = limit; cut > limit - 4; cut--) if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut;
  return limit;
}
