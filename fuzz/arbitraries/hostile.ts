// Values and texts that somebody would try.
import * as fc from 'fast-check';

/** Never part of an answer to bad input: whoever sees it there has been echoed. A value, or the name of a field. */
export const CANARY = 'c4n4ry-ÿ-☠';
/** The same, and never the name of a field. */
export const CANARY_VALUE = 'v4lu3-ÿ-☠';

/** Texts that break parsers. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '../../etc/passwd',
    '..%2f..%2f',
    '__proto__',
    'constructor',
    'toString',
    '${7*7}',
    "'; DROP TABLE project; --",
    '<script>alert(1)</script>',
    '-rf',
    '--upload-pack=touch',
    '\ud800',
    '\udfff\ud800',
    'İ',
    '\u202e',
    '%00',
    '%E0%A4%A',
    'NaN',
    '1e999',
    '9007199254740993',
    CANARY,
    'a'.repeat(1000),
    'é'.repeat(5000),
  ),
);

/** Values of every kind, deep ones among them. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_VALUE,
    2 ** 53,
    -(2 ** 63),
    1e308,
    [],
    {},
    [[]],
    [null],
    { toString: 1 },
    { valueOf: null },
    { length: -1 },
    { then: {} },
    { toJSON: 'x' },
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 1, max: 400 }).map(deep),
  fc.integer({ min: 1, max: 3000 }).map((length) => Array.from({ length }, (_, index) => index)),
);

function deep(levels: number): unknown {
  let value: unknown = CANARY_VALUE;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** A text with bytes changed, cut, doubled or put in. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 20 }),
    how: fc.constantFrom('cut', 'drop', 'double', 'insert'),
    with: fc.oneof(
      hostileText,
      fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '\n', '\r\n', ';', '(', ')'),
    ),
  });
  return fc.tuple(text, fc.array(damage, { maxLength: 4 })).map(([whole, damages]) =>
    damages.reduce((so, { at, length, how, with: put }) => {
      const from = Math.floor(at * so.length);
      if (how === 'cut') return so.slice(0, from);
      if (how === 'drop') return so.slice(0, from) + so.slice(from + length);
      if (how === 'double') return so.slice(0, from + length) + so.slice(from);
      return so.slice(0, from) + put + so.slice(from);
    }, whole),
  );
}
