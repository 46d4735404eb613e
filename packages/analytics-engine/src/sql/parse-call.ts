import type { Cursor } from './cursor.ts';
import { unsupportedUpToClose } from './parse-unsupported.ts';
import { PRECEDENCE } from './precedence.ts';
import { UNITS, type Expression } from './syntax.ts';

/** The rule for the expressions inside the parentheses. */
type Parse = (cursor: Cursor, above?: number) => Expression;

/** `name(…)`, `name(DISTINCT …)`, `name(parameters)(…)`. */
export function parseCall(cursor: Cursor, parse: Parse): Expression {
  const start = cursor.peek();
  const name = cursor.takeName();
  if (name === null) throw cursor.unexpected('an expression:');
  let parameters: Expression[] | null = null;
  let { distinct, args } = parseArguments(cursor, parse);
  if (cursor.isSymbol('(')) {
    if (distinct) throw cursor.unexpected('end of arguments');
    parameters = args;
    ({ distinct, args } = parseArguments(cursor, parse));
  }
  for (const keyword of ['OVER', 'FILTER']) {
    if (!cursor.takeKeywords(keyword)) continue;
    if (cursor.takeSymbol('(')) throw unsupportedUpToClose(cursor, start);
    throw cursor.unexpected('(');
  }
  return { kind: 'call', name, parameters, distinct, args };
}

function parseArguments(cursor: Cursor, parse: Parse): { distinct: boolean; args: Expression[] } {
  cursor.expectSymbol('(');
  if (cursor.takeSymbol(')')) return { distinct: false, args: [] };
  const distinct = cursor.takeKeywords('DISTINCT');
  const args = cursor.list(() => parseArgument(cursor, parse));
  cursor.expectSymbol(')');
  return { distinct, args };
}

/** A star stands alone, as in `count(*)`. */
function parseArgument(cursor: Cursor, parse: Parse): Expression {
  const lone = cursor.isSymbol('*') && (cursor.isSymbol(')', 1) || cursor.isSymbol(',', 1));
  if (!lone) return parse(cursor);
  cursor.next();
  return { kind: 'star' };
}

/** `position(needle IN haystack)`. */
export function parsePosition(cursor: Cursor, parse: Parse): Expression {
  cursor.next();
  cursor.expectSymbol('(');
  const needle = parse(cursor, PRECEDENCE.comparison);
  cursor.expectKeyword('IN');
  const haystack = parse(cursor);
  cursor.expectSymbol(')');
  return { kind: 'position', needle, haystack };
}

/** `extract(UNIT FROM time)`. */
export function parseExtract(cursor: Cursor, parse: Parse): Expression {
  cursor.next();
  cursor.expectSymbol('(');
  const unit = UNITS.find((each) => cursor.isKeyword(each));
  if (unit === undefined) throw cursor.unexpected('date/time field');
  cursor.next();
  cursor.expectKeyword('FROM');
  const from = parse(cursor);
  cursor.expectSymbol(')');
  return { kind: 'extract', unit, from };
}
