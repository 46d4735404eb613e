import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { Refusal } from './refusal.ts';
import { UNITS, type Expression, type Literal } from './syntax.ts';

/** ClickHouse's widest integer, UInt64; beyond it a literal would silently become a Double. */
const MAX_INTEGER = 2n ** 64n - 1n;

/** Longest interval: what ClickHouse adds to a time without leaving the range of its own numbers. */
const MAX_INTERVAL = 2n ** 31n - 1n;

/** An integer when there is neither a point nor an exponent, else a double. */
export function parseNumber(token: Token): Literal {
  if (/^\d+$/.test(token.text)) {
    const value = BigInt(token.text);
    if (value > MAX_INTEGER) throw new Refusal(`integer literal is out of range: ${token.text}`);
    return { kind: 'integer', digits: value.toString() };
  }
  if (!Number.isFinite(Number(token.text))) {
    throw new Refusal(`double literal is out of range: ${token.text}`);
  }
  const [mantissa = '', exponent] = token.text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const text = `${whole === '' ? '0' : whole}.${fraction === '' ? '0' : fraction}`;
  return { kind: 'double', text: exponent === undefined ? text : `${text}e${exponent}` };
}

/** `INTERVAL '42' DAY`. */
export function parseInterval(cursor: Cursor): Expression {
  const start = cursor.next();
  if (cursor.peek().kind !== 'string') throw cursor.unexpected('literal string');
  const { value } = cursor.next();
  const written = cursor.peek();
  const unit = UNITS.find((each) => cursor.isKeyword(each));
  if (unit === undefined) throw cursor.unexpected(`one of ${UNITS.join(', ')}`);
  cursor.next();
  if (written.kind !== 'word' || !/^\d+$/.test(value) || BigInt(value) > MAX_INTERVAL) {
    throw new Refusal(`interval must be a whole number: ${cursor.written(start)}`);
  }
  return { kind: 'interval', digits: BigInt(value).toString(), unit };
}
