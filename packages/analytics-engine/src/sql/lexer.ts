import { Refusal } from './refusal.ts';

/**
 * `word`: a bare name or keyword. `quoted`: a name in double quotes. `number`: digits with an optional fraction and
 * exponent. `string`: text in single quotes. `symbol`: anything else, operators of two characters in one piece.
 * `text` is what was written; `value` is what it means, with quotes and doubled quotes undone.
 */
export type Token = {
  kind: 'word' | 'quoted' | 'number' | 'string' | 'symbol' | 'end';
  text: string;
  value: string;
  /** First character, and the one behind the last. */
  start: number;
  end: number;
};

const BLANK = /\s+|--[^\n]*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<=|>=|<>|!=|\|\||::|->|[^]/uy;

/** Splits a statement into tokens; the last is of kind `end`. Comments and blanks are dropped. */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = skip(text, 0);
  while (at < text.length) {
    const token = readToken(text, at);
    tokens.push(token);
    at = skip(text, token.end);
  }
  tokens.push({ kind: 'end', text: 'EOF', value: '', start: text.length, end: text.length });
  return tokens;
}

function readToken(text: string, start: number): Token {
  const first = text[start]!;
  if (first === "'") return readDelimited(text, start, 'string');
  if (first === '"') return readDelimited(text, start, 'quoted');
  const word = match(WORD, text, start);
  if (word !== null) return plain('word', word, start);
  const number = match(NUMBER, text, start);
  if (number !== null) return plain('number', number, start);
  return plain('symbol', match(SYMBOL, text, start) ?? first, start);
}

function plain(kind: Token['kind'], text: string, start: number): Token {
  return { kind, text, value: text, start, end: start + text.length };
}

/** A string or a quoted name. The quote itself is written twice inside; a backslash is a character like any other. */
function readDelimited(text: string, start: number, kind: 'string' | 'quoted'): Token {
  const quote = text[start]!;
  let value = '';
  let from = start + 1;
  for (;;) {
    const end = text.indexOf(quote, from);
    if (end < 0) {
      const what =
        kind === 'string' ? 'Unterminated string literal' : `Expected close delimiter '"' before EOF.`;
      throw new Refusal(`sql parser error: ${what}${locate(text, start)}`);
    }
    value += text.slice(from, end);
    if (text[end + 1] !== quote)
      return { kind, text: text.slice(start, end + 1), value, start, end: end + 1 };
    value += quote;
    from = end + 2;
  }
}

function skip(text: string, from: number): number {
  let at = from;
  for (;;) {
    const blank = match(BLANK, text, at);
    if (blank !== null) {
      at += blank.length;
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) throw new Refusal('sql parser error: Unexpected EOF while in a multi-line comment');
      at = end + 2;
    } else {
      return at;
    }
  }
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Where a character stands, as the end of a message. Lines and columns begin at 1. */
export function locate(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return ` at Line: ${line}, Column ${offset - before.lastIndexOf('\n')}`;
}
