import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_CHARS, cutLines } from './lines.ts';

const whole = (...texts: string[]) => texts.map((text) => ({ text, partial: false }));

describe('cutLines', () => {
  it.each([
    ['', '', [], ''],
    ['', 'a', [], 'a'],
    ['', 'a\n', ['a'], ''],
    ['', 'a\nb', ['a'], 'b'],
    ['', 'a\nb\n', ['a', 'b'], ''],
    ['a', 'b\n', ['ab'], ''],
    ['a', '\n', ['a'], ''],
    ['', '\n\n', ['', ''], ''],
    ['', 'a\r\nb\r\n', ['a', 'b'], ''],
    ['a\r', '\nb', ['a'], 'b'],
    ['', 'a\rb\n', ['a\rb'], ''],
    ['', 'grün\n', ['grün'], ''],
  ])('%j + %j gives %j and keeps %j', (rest, chunk, lines, left) => {
    expect(cutLines(rest, chunk)).toEqual({ lines: whole(...lines), rest: left });
  });

  it('cuts a line that is too long into parts, the last of which ends it', () => {
    const { lines, rest } = cutLines('', `${'x'.repeat(MAX_LINE_CHARS * 2 + 5)}\nnext\n`);
    expect(lines.map(({ text, partial }) => [text.length, partial])).toEqual([
      [MAX_LINE_CHARS, true],
      [MAX_LINE_CHARS, true],
      [5, false],
      [4, false],
    ]);
    expect(rest).toBe('');
  });

  it('does not hold back more than one line length of what has no end', () => {
    const { lines, rest } = cutLines('', 'x'.repeat(MAX_LINE_CHARS * 3 + 1));
    expect(lines.map(({ partial }) => partial)).toEqual([true, true, true]);
    expect(rest).toBe('x');
  });

  it('leaves a line of exactly the limit whole', () => {
    expect(cutLines('', `${'x'.repeat(MAX_LINE_CHARS)}\n`).lines).toEqual(whole('x'.repeat(MAX_LINE_CHARS)));
  });

  it('gives the same lines wherever the chunks are cut', () => {
    const chunk = fc
      .array(fc.constantFrom('a', 'b', '\n', '\r\n', 'é'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
        let rest = '';
        const got = chunks.flatMap((text) => {
          const cut = cutLines(rest, text);
          rest = cut.rest;
          return cut.lines;
        });
        expect({ lines: got, rest }).toEqual(cutLines('', chunks.join('')));
      }),
      { seed: 20_260_115 },
    );
  });
});
