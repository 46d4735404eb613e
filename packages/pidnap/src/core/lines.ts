/** Cuts a stream of text into lines. A value in, a value out: the rest of an unfinished line is carried by the caller. */

/** A line longer than this is cut into parts, so that output without line ends cannot grow the supervisor. */
export const MAX_LINE_CHARS = 16_384;

export interface CutLine {
  readonly text: string;
  /** The line goes on in the next entry. */
  readonly partial: boolean;
}

/** Lines that are complete after `chunk` (in characters), and the rest that is not. CR LF counts as a line end. */
export function cutLines(rest: string, chunk: string): { lines: CutLine[]; rest: string } {
  const pieces = (rest + chunk).split('\n');
  const unfinished = pieces.pop() ?? '';
  const lines = pieces.flatMap((piece) => cutLong(piece.endsWith('\r') ? piece.slice(0, -1) : piece));
  if (unfinished.length <= MAX_LINE_CHARS) return { lines, rest: unfinished };
  const parts = cutLong(unfinished);
  const last = parts.pop()?.text ?? '';
  return { lines: [...lines, ...parts], rest: last };
}

function cutLong(line: string): CutLine[] {
  if (line.length <= MAX_LINE_CHARS) return [{ text: line, partial: false }];
  const parts: CutLine[] = [];
  for (let at = 0; at < line.length; at += MAX_LINE_CHARS) {
    parts.push({ text: line.slice(at, at + MAX_LINE_CHARS), partial: at + MAX_LINE_CHARS < line.length });
  }
  return parts;
}
