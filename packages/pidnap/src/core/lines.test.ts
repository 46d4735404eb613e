import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES, countLines, cutChunk, cutPieces, decodeLines, type CutLine } from './lines.ts';

const SEED = 20_260_115;
const whole = (...texts: string[]): CutLine[] => texts.map((text) => ({ text, partial: false }));
const bytes = (text: string): Buffer => Buffer.from(text);
const rest = (text = ''): Buffer => bytes(text);

/** What a stream's chunks become: entries in order, as the log keeps them, and the rest. */
function feed(chunks: readonly Buffer[]): { entries: { bytes: Buffer; partial: boolean }[]; rest: Buffer } {
  let left = rest();
  const entries: { bytes: Buffer; partial: boolean }[] = [];
  for (const chunk of chunks) {
    const cut = cutChunk(left, chunk);
    left = cut.rest;
    const complete = Buffer.concat([cut.head, cut.body]);
    if (complete.length > 0) entries.push({ bytes: complete, partial: cut.partial });
  }
  return { entries, rest: left };
}
const linesOf = (chunks: readonly Buffer[]): CutLine[] =>
  feed(chunks).entries.flatMap((entry) => decodeLines(entry.bytes, entry.partial));

/** Any bytes, with line ends often enough, and now and then a piece about as long as a line may be. */
const anyBytes = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', '\n', '\r\n', '\r', 'é', '€', '𝄞', '').map(bytes) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('x', 'é', '€', '𝄞', '\u{80}'),
        fc.integer({ min: MAX_LINE_BYTES - 3, max: MAX_LINE_BYTES + 3 }),
      )
      .map(([char, size]) => bytes(char.repeat(size)).subarray(0, size)),
  },
);

/** The same bytes in other chunks, cut at any offsets. */
const rechunked = fc
  .tuple(fc.array(anyBytes, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 12 }))
  .map(([parts, numbers]) => {
    const all = Buffer.concat(parts);
    const cuts = numbers.map((number) => number % (all.length + 1)).toSorted((a, b) => a - b);
    const chunks = [0, ...cuts].map((cut, i) => all.subarray(cut, cuts[i] ?? all.length));
    return { all, chunks };
  });

describe('cutChunk', () => {
  it.each([
    ['', '', '', ''],
    ['', 'a', '', 'a'],
    ['', 'a\n', 'a\n', ''],
    ['', 'a\nb', 'a\n', 'b'],
    ['', 'a\nb\n', 'a\nb\n', ''],
    ['a', 'b\n', 'ab\n', ''],
    ['a', 'b', '', 'ab'],
    ['a', '\n', 'a\n', ''],
    ['a\r', '\nb', 'a\r\n', 'b'],
    ['', '\n\n', '\n\n', ''],
  ])('%j + %j completes %j and keeps %j', (before, chunk, complete, after) => {
    const cut = cutChunk(rest(before), bytes(chunk));
    expect(Buffer.concat([cut.head, cut.body]).toString()).toBe(complete);
    expect(cut.rest.toString()).toBe(after);
    expect(cut.partial).toBe(false);
  });

  it('keeps nothing of the memory it was lent', () => {
    const chunk = bytes('whole\nunfinished');
    const kept = cutChunk(rest(), chunk).rest;
    const longer = cutChunk(kept, bytes('!')).rest;
    chunk.fill(0);
    expect([kept.toString(), longer.toString()]).toEqual(['unfinished', 'unfinished!']);
  });

  it('does not hold back more than one line length of what has no end', () => {
    const { entries, rest: left } = feed([bytes('x'.repeat(MAX_LINE_BYTES * 3 + 1))]);
    expect(entries.map(({ bytes, partial }) => [bytes.length, partial])).toEqual([
      [MAX_LINE_BYTES * 3, true],
    ]);
    expect(left.toString()).toBe('x');
  });

  it('loses, adds and reorders no byte, whatever the chunks', () => {
    fc.assert(
      fc.property(rechunked, ({ all, chunks }) => {
        const fed = feed(chunks);
        expect(Buffer.concat([...fed.entries.map(({ bytes }) => bytes), fed.rest]).equals(all)).toBe(true);
        expect(fed.rest.length).toBeLessThanOrEqual(MAX_LINE_BYTES);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('gives the same lines wherever the chunks are cut', () => {
    fc.assert(
      fc.property(rechunked, ({ all, chunks }) => {
        const ended = [...chunks, bytes('\n')];
        expect(linesOf(ended)).toEqual(linesOf([Buffer.concat([all, bytes('\n')])]));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('decodeLines', () => {
  it.each([
    ['', []],
    ['a\n', ['a']],
    ['a\nb\n', ['a', 'b']],
    ['a\nb', ['a', 'b']],
    ['\n\n', ['', '']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\rb\n', ['a\rb']],
    ['\r\n', ['']],
    ['a\r', ['a\r']],
    ['grün\n', ['grün']],
  ])('%j is the lines %j', (text, lines) => {
    expect(decodeLines(bytes(text), false)).toEqual(whole(...lines));
  });

  it('says that the last line goes on where it does', () => {
    expect(decodeLines(bytes('a\nb'), true)).toEqual([...whole('a'), { text: 'b', partial: true }]);
  });

  it('cuts a line that is too long into parts, the last of which ends it', () => {
    const lines = decodeLines(bytes(`${'x'.repeat(MAX_LINE_BYTES * 2 + 5)}\nnext\n`), false);
    expect(lines.map(({ text, partial }) => [text.length, partial])).toEqual([
      [MAX_LINE_BYTES, true],
      [MAX_LINE_BYTES, true],
      [5, false],
      [4, false],
    ]);
  });

  it('leaves a line of exactly the limit whole', () => {
    expect(decodeLines(bytes(`${'x'.repeat(MAX_LINE_BYTES)}\n`), false)).toEqual(
      whole('x'.repeat(MAX_LINE_BYTES)),
    );
  });

  it.each([0, 1, 2, 3])('cuts no character apart, %i bytes into it', (shift) => {
    const line = `${'-'.repeat(shift)}${'𝄞'.repeat(MAX_LINE_BYTES / 2)}`;
    const parts = decodeLines(bytes(`${line}\n`), false);
    expect(parts).toHaveLength(shift === 0 ? 2 : 3);
    expect(parts.map(({ text }) => text).join('')).toBe(line);
  });

  it('puts up with what is not UTF-8', () => {
    expect(decodeLines(Buffer.from([0xff, 0xc3, 10, 0x80, 10, 0xe2, 0x82]), false)).toEqual(
      whole('\ufffd\ufffd', '\ufffd', '\ufffd'),
    );
    expect(decodeLines(Buffer.alloc(MAX_LINE_BYTES + 1, 0x80), false)).toHaveLength(2);
  });
});

describe('cutPieces', () => {
  const cut = (text: string, limit: number): string[] => {
    const ends = cutPieces(bytes(text), { limit, partial: false }).map(({ end }) => end);
    return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
  };
  it.each([
    ['ab\n', 10, ['ab\n']],
    ['ab\ncd\nef\n', 6, ['ab\ncd\n', 'ef\n']],
    ['ab\ncd\nef\n', 5, ['ab\n', 'cd\n', 'ef\n']],
    ['abcdef\ngh\n', 3, ['abcdef\n', 'gh\n']],
    ['ab\ncdefgh', 4, ['ab\n', 'cdefgh']],
    ['\n\n\n', 1, ['\n', '\n', '\n']],
  ])('cuts %j at %i bytes into %j', (text, limit, pieces) => {
    expect(cut(text, limit)).toEqual(pieces);
  });

  it('changes no line, and makes no piece larger than its limit or one line', () => {
    const limits = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 70_000 }));
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 12 }), limits, (parts, limit) => {
        for (const entry of feed(parts).entries) {
          let start = 0;
          const lines: CutLine[] = [];
          for (const { end, partial } of cutPieces(entry.bytes, { limit, partial: entry.partial })) {
            expect(end - start).toBeGreaterThan(0);
            const largest = Math.max(limit, MAX_LINE_BYTES + 1);
            if (end < entry.bytes.length) expect(end - start).toBeLessThanOrEqual(largest);
            lines.push(...decodeLines(entry.bytes.subarray(start, end), partial));
            start = end;
          }
          expect(start).toBe(entry.bytes.length);
          expect(lines).toEqual(decodeLines(entry.bytes, entry.partial));
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('countLines', () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['a\n', 1],
    ['a\nb', 2],
    ['\n\n', 2],
  ])('%j holds %i', (text, count) => {
    expect(countLines(bytes(text))).toBe(count);
  });
});
