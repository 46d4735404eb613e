import { describe, expect, it } from 'vitest';
import { lex, locate } from './lexer.ts';

function read(text: string): string[] {
  return lex(text).map(({ kind, value }) => `${kind} ${value}`);
}

describe('lex', () => {
  it.each([
    ['', ['end ']],
    ['SELECT blob1', ['word SELECT', 'word blob1', 'end ']],
    ["'it''s'", ["string it's", 'end ']],
    ["'a\\'", ['string a\\', 'end ']],
    ["''''", ["string '", 'end ']],
    ['"a ""b"""', ['quoted a "b"', 'end ']],
    ['a<=b<>c!=d||e::f', 'a <= b <> c != d || e :: f'.split(' ').map(kindOf).concat('end ')],
    [
      '1 1.5 .5 5. 1e3 1.5E-7',
      ['1', '1.5', '.5', '5.', '1e3', '1.5E-7'].map((each) => `number ${each}`).concat('end '),
    ],
    ['1e', ['number 1', 'word e', 'end ']],
    ['a-- comment\nb', ['word a', 'word b', 'end ']],
    ['/* a * / */b/**/', ['word b', 'end ']],
    ["'--' /* ' */", ['string --', 'end ']],
    ['größe_1 $x', ['word größe_1', 'symbol $', 'word x', 'end ']],
    ['🙂', ['symbol 🙂', 'end ']],
  ])('reads %j', (text, tokens) => {
    expect(read(text)).toEqual(tokens);
  });

  it.each([
    ["SELECT\n  'abc", 'sql parser error: Unterminated string literal at Line: 2, Column 3'],
    ['"abc', `sql parser error: Expected close delimiter '"' before EOF. at Line: 1, Column 1`],
    ['1 /* 2', 'sql parser error: Unexpected EOF while in a multi-line comment'],
  ])('refuses %j', (text, message) => {
    expect(() => lex(text)).toThrow(message);
  });

  it('keeps where every token stands', () => {
    const text = 'a "b" \'c\' 1';
    expect(lex(text).map(({ start, end }) => text.slice(start, end))).toEqual(['a', '"b"', "'c'", '1', '']);
  });
});

describe('locate', () => {
  it('counts lines and columns from 1', () => {
    expect(locate('ab\ncd', 0)).toBe(' at Line: 1, Column 1');
    expect(locate('ab\ncd', 4)).toBe(' at Line: 2, Column 2');
  });
});

function kindOf(text: string): string {
  return `${/\w/.test(text) ? 'word' : 'symbol'} ${text}`;
}
