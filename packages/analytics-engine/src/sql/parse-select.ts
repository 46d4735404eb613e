import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { Refusal } from './refusal.ts';
import type { Ordering, Select, SelectItem, Source } from './syntax.ts';

/** A subquery costs as much of ClickHouse's depth as this many expressions, and more. */
const SELECT_LEVELS = 5;

/** What may stand behind a table in other dialects, and what the message calls it. */
const BEHIND_SOURCE: ReadonlyMap<string, string> = new Map([
  ...['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'ASOF', 'GLOBAL', 'ANY', 'NATURAL'].map(
    (word): [string, string] => [word, 'JOIN'],
  ),
  ['ARRAY', 'ARRAY JOIN'],
  ['FINAL', 'FINAL'],
  ['SAMPLE', 'SAMPLE'],
  ['PREWHERE', 'PREWHERE'],
]);

/** What may stand behind any clause in other dialects. */
const BEHIND_CLAUSE: ReadonlyMap<string, string> = new Map([
  ['UNION', 'UNION'],
  ['EXCEPT', 'EXCEPT'],
  ['INTERSECT', 'INTERSECT'],
  ['WINDOW', 'WINDOW'],
  ['QUALIFY', 'QUALIFY'],
  ['WITH', 'WITH'],
  ['SETTINGS', 'SETTINGS'],
  ['FETCH', 'FETCH'],
  ['INTO', 'INTO'],
]);

/** A SELECT up to, and without, FORMAT. */
export function parseSelect(cursor: Cursor): Select {
  return cursor.nested(SELECT_LEVELS, () => {
    cursor.expectKeyword('SELECT');
    if (cursor.isKeyword('DISTINCT')) throw unsupportedClause('SELECT DISTINCT');
    const items = cursor.list(() => parseItem(cursor));
    const from = cursor.takeKeywords('FROM') ? parseSource(cursor) : null;
    const where = cursor.takeKeywords('WHERE') ? parseExpression(cursor) : null;
    const groupBy = cursor.takeKeywords('GROUP', 'BY') ? cursor.list(() => parseExpression(cursor)) : [];
    const having = cursor.takeKeywords('HAVING') ? parseExpression(cursor) : null;
    const orderBy = cursor.takeKeywords('ORDER', 'BY') ? cursor.list(() => parseOrdering(cursor)) : [];
    const limit = cursor.takeKeywords('LIMIT') ? parseLimit(cursor) : null;
    const offset = cursor.takeKeywords('OFFSET') ? parseCount(cursor) : null;
    refuse(cursor, BEHIND_CLAUSE);
    return { items, from, where, groupBy, having, orderBy, limit, offset };
  });
}

function parseItem(cursor: Cursor): SelectItem {
  if (cursor.takeSymbol('*')) return { kind: 'all' };
  const value = parseExpression(cursor);
  const alias = cursor.takeKeywords('AS') ? cursor.expectName() : cursor.takeAlias();
  return { kind: 'expression', value, alias };
}

function parseSource(cursor: Cursor): Source {
  if (cursor.takeSymbol('(')) {
    const select = parseSelect(cursor);
    if (cursor.isKeyword('FORMAT')) throw cursor.unexpected(')');
    cursor.expectSymbol(')');
    refuseBehindSource(cursor);
    return { kind: 'subquery', select };
  }
  const name = cursor.expectName();
  if (cursor.isSymbol('(')) throw new Refusal(`unsupported table function: ${name}`);
  if (cursor.takeSymbol('.')) {
    throw new Refusal(
      `unsupported table name, expected the name of a dataset: ${name}.${cursor.next().text}`,
    );
  }
  refuseBehindSource(cursor);
  return { kind: 'dataset', name };
}

function refuseBehindSource(cursor: Cursor): void {
  if (cursor.isSymbol(',')) throw unsupportedClause('JOIN');
  refuse(cursor, BEHIND_SOURCE);
  const start = cursor.peek();
  if (cursor.takeKeywords('AS') ? cursor.expectName() : cursor.takeAlias()) {
    throw new Refusal(`unsupported alias behind FROM: ${cursor.written(start)}`);
  }
}

function refuse(cursor: Cursor, keywords: ReadonlyMap<string, string>): void {
  const token = cursor.peek();
  const clause = token.kind === 'word' ? keywords.get(token.text.toUpperCase()) : undefined;
  if (clause !== undefined) throw unsupportedClause(clause);
}

function unsupportedClause(clause: string): Refusal {
  return new Refusal(`unsupported clause: ${clause}`);
}

function parseOrdering(cursor: Cursor): Ordering {
  const by = parseExpression(cursor);
  const descending = cursor.takeKeywords('DESC');
  if (!descending) cursor.takeKeywords('ASC');
  return { by, descending };
}

function parseLimit(cursor: Cursor): string | null {
  return cursor.takeKeywords('ALL') ? null : parseCount(cursor);
}

/** A number of rows. */
function parseCount(cursor: Cursor): string {
  const token = cursor.peek();
  if (token.kind !== 'number' || !/^\d{1,18}$/.test(token.text)) throw cursor.unexpected('literal int');
  cursor.next();
  return BigInt(token.text).toString();
}
