import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { parseCall, parseExtract, parsePosition } from './parse-call.ts';
import { parseInterval, parseNumber } from './parse-literal.ts';
import { unsupportedCase, unsupportedUpToClose } from './parse-unsupported.ts';
import { PRECEDENCE } from './precedence.ts';
import { unsupportedExpression } from './refusal.ts';
import type { ArithmeticOperator, ComparisonOperator, Expression } from './syntax.ts';

const ARITHMETIC: ReadonlyMap<string, { operator: ArithmeticOperator; precedence: number }> = new Map([
  ['+', { operator: '+', precedence: PRECEDENCE.sum }],
  ['-', { operator: '-', precedence: PRECEDENCE.sum }],
  ['*', { operator: '*', precedence: PRECEDENCE.product }],
  ['/', { operator: '/', precedence: PRECEDENCE.product }],
  ['%', { operator: '%', precedence: PRECEDENCE.product }],
]);

const COMPARISON: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

/** An expression whose operators bind tighter than `above`. */
export function parseExpression(cursor: Cursor, above = 0): Expression {
  return cursor.nested(1, () => {
    const start = cursor.peek();
    let left = parseOperand(cursor);
    for (let links = 0; ; links += 1) {
      const longer = continueWith(cursor, left, above, start);
      if (longer === null) return left;
      if (links > 0) cursor.countLink();
      left = longer;
    }
  });
}

/** The expression with what may follow it, or null when nothing of that comes next. `start` is its first token. */
function continueWith(cursor: Cursor, left: Expression, above: number, start: Token): Expression | null {
  refuseOther(cursor, start);
  return (
    parseLogic(cursor, left, above) ??
    parseBinary(cursor, left, above) ??
    parseMatch(cursor, left, above, start)
  );
}

/** AND and OR take all their operands in a row at once. */
function parseLogic(cursor: Cursor, left: Expression, above: number): Expression | null {
  for (const kind of ['and', 'or'] as const) {
    const keyword = kind.toUpperCase();
    if (PRECEDENCE[kind] <= above || !cursor.isKeyword(keyword)) continue;
    const operands = [left];
    while (cursor.takeKeywords(keyword)) operands.push(parseExpression(cursor, PRECEDENCE[kind]));
    return { kind, operands };
  }
  return null;
}

function parseBinary(cursor: Cursor, left: Expression, above: number): Expression | null {
  const { kind, text } = cursor.peek();
  if (kind !== 'symbol') return null;
  const arithmetic = ARITHMETIC.get(text);
  if (arithmetic !== undefined && arithmetic.precedence > above) {
    cursor.next();
    const right = parseExpression(cursor, arithmetic.precedence);
    return { kind: 'arithmetic', operator: arithmetic.operator, left, right };
  }
  const comparison = COMPARISON.get(text);
  if (comparison === undefined || PRECEDENCE.comparison <= above) return null;
  cursor.next();
  const right = parseExpression(cursor, PRECEDENCE.comparison);
  return { kind: 'comparison', operator: comparison, left, right };
}

/** LIKE, ILIKE, BETWEEN and IN, each with an optional NOT before it. */
function parseMatch(cursor: Cursor, value: Expression, above: number, start: Token): Expression | null {
  const negated = cursor.isKeyword('NOT');
  const at = negated ? 1 : 0;
  const keyword = ['LIKE', 'ILIKE', 'BETWEEN', 'IN'].find((each) => cursor.isKeyword(each, at));
  if (keyword === undefined) return null;
  const ignoreCase = keyword === 'ILIKE';
  const precedence = ignoreCase || keyword === 'LIKE' ? PRECEDENCE.like : PRECEDENCE.comparison;
  if (precedence <= above) return null;
  cursor.takeKeywords(...(negated ? ['NOT', keyword] : [keyword]));
  if (keyword === 'BETWEEN') {
    const low = parseExpression(cursor, PRECEDENCE.comparison);
    cursor.expectKeyword('AND');
    return { kind: 'between', negated, value, low, high: parseExpression(cursor, PRECEDENCE.comparison) };
  }
  if (keyword === 'IN') return { kind: 'in', negated, value, list: parseInList(cursor, start) };
  return { kind: 'like', negated, ignoreCase, value, pattern: parseExpression(cursor, precedence) };
}

function parseInList(cursor: Cursor, start: Token): Expression[] {
  cursor.expectSymbol('(');
  if (cursor.isKeyword('SELECT') || cursor.isKeyword('WITH')) throw unsupportedUpToClose(cursor, start);
  const list = cursor.list(() => parseExpression(cursor));
  cursor.expectSymbol(')');
  return list;
}

/** Operators of other dialects, so that the message names the expression and not a token. */
function refuseOther(cursor: Cursor, start: Token): void {
  if (cursor.takeKeywords('IS')) {
    cursor.takeKeywords('NOT');
    cursor.next();
    throw unsupportedExpression(cursor.written(start));
  }
  for (const symbol of ['||', '::']) {
    if (!cursor.takeSymbol(symbol)) continue;
    if (symbol === '||') parseExpression(cursor, PRECEDENCE.sum);
    else cursor.next();
    throw unsupportedExpression(cursor.written(start));
  }
  if (cursor.takeSymbol('[')) throw unsupportedUpToClose(cursor, start);
}

function parseOperand(cursor: Cursor): Expression {
  const token = cursor.peek();
  switch (token.kind) {
    case 'number':
      return parseNumber(cursor.next());
    case 'string':
      return { kind: 'string', value: cursor.next().value };
    case 'quoted':
      return parseName(cursor);
    case 'word':
      return parseWord(cursor, token);
    case 'symbol':
      return parseSymbol(cursor, token);
    case 'end':
      throw cursor.unexpected('an expression:');
  }
}

function parseWord(cursor: Cursor, token: Token): Expression {
  const call = cursor.isSymbol('(', 1);
  switch (token.text.toUpperCase()) {
    case 'TRUE':
    case 'FALSE':
      return { kind: 'boolean', value: cursor.next().text.toUpperCase() === 'TRUE' };
    case 'NULL':
      cursor.next();
      return { kind: 'null' };
    case 'NOT':
      cursor.next();
      return { kind: 'not', operand: parseExpression(cursor, PRECEDENCE.not) };
    case 'INTERVAL':
      return parseInterval(cursor);
    case 'CASE':
      throw unsupportedCase(cursor);
    case 'CAST':
    case 'TRY_CAST':
    case 'EXISTS':
      if (!call) return parseName(cursor);
      cursor.next();
      cursor.next();
      throw unsupportedUpToClose(cursor, token);
    case 'POSITION':
      return call ? parsePosition(cursor, parseExpression) : parseName(cursor);
    case 'EXTRACT':
      return call ? parseExtract(cursor, parseExpression) : parseName(cursor);
    default:
      return call ? parseCall(cursor, parseExpression) : parseName(cursor);
  }
}

function parseName(cursor: Cursor): Expression {
  const start = cursor.peek();
  const name = cursor.takeName();
  if (name === null) throw cursor.unexpected('an expression:');
  if (!cursor.isSymbol('.')) return { kind: 'name', name };
  while (cursor.takeSymbol('.')) cursor.next();
  throw unsupportedExpression(cursor.written(start));
}

function parseSymbol(cursor: Cursor, token: Token): Expression {
  if (cursor.takeSymbol('-')) {
    return { kind: 'negate', operand: parseExpression(cursor, PRECEDENCE.product) };
  }
  if (cursor.takeSymbol('[')) throw unsupportedUpToClose(cursor, token);
  if (!cursor.takeSymbol('(')) throw cursor.unexpected('an expression:');
  if (cursor.isKeyword('SELECT') || cursor.isKeyword('WITH')) throw unsupportedUpToClose(cursor, token);
  const inner = parseExpression(cursor);
  if (cursor.isSymbol(',')) throw unsupportedUpToClose(cursor, token);
  cursor.expectSymbol(')');
  return inner;
}
