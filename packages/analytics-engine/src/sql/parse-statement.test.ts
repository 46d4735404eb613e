import { describe, expect, it } from 'vitest';
import { parseStatement } from './parse-statement.ts';
import { print } from './print.ts';
import type { Expression, Select } from './syntax.ts';

function select(text: string): Select {
  const statement = parseStatement(text);
  if (statement.kind !== 'select') throw new Error(`not a SELECT: ${text}`);
  return statement.select;
}

/** The tree of an expression with every pair of parentheses that it implies. */
function tree(text: string): string {
  const [item] = select(`SELECT ${text}`).items;
  if (item?.kind !== 'expression') throw new Error(`not an expression: ${text}`);
  return bracket(item.value);
}

function bracket(expression: Expression): string {
  switch (expression.kind) {
    case 'arithmetic':
    case 'comparison':
      return `(${bracket(expression.left)}${expression.operator}${bracket(expression.right)})`;
    case 'and':
    case 'or':
      return `(${expression.operands.map(bracket).join(` ${expression.kind} `)})`;
    case 'not':
    case 'negate':
      return `${expression.kind}(${bracket(expression.operand)})`;
    case 'like':
      return `(${bracket(expression.value)} like ${bracket(expression.pattern)})`;
    case 'between':
      return `(${bracket(expression.value)} in ${bracket(expression.low)}..${bracket(expression.high)})`;
    case 'name':
      return expression.name;
    default:
      return print(expression);
  }
}

describe('parseStatement', () => {
  it.each([
    ['a + b * c', '(a+(b*c))'],
    ['a * b + c', '((a*b)+c)'],
    ['a - b - c', '((a-b)-c)'],
    ['a / b % c', '((a/b)%c)'],
    ['-a * b', '(negate(a)*b)'],
    ['-(a + b)', 'negate((a+b))'],
    ['a = b AND c <> d OR e', '(((a=b) and (c<>d)) or e)'],
    ['a OR b OR c AND d AND e', '(a or b or (c and d and e))'],
    ['(a OR b) OR c', '((a or b) or c)'],
    ['NOT a = b AND c', '(not((a=b)) and c)'],
    ['NOT NOT a', 'not(not(a))'],
    ['a BETWEEN b AND c AND d', '((a in b..c) and d)'],
    ['a BETWEEN b + 1 AND c * 2 OR d', '((a in (b+1)..(c*2)) or d)'],
    ['a + b LIKE c', '((a+b) like c)'],
    ['a < b = c', '((a<b)=c)'],
  ])('takes operators in the order of the grammar: %s', (text, expected) => {
    expect(tree(text)).toBe(expected);
  });

  it('reads every clause', () => {
    const statement = parseStatement(`
      /* panel */ select blob1 AS a, double1 b, * FROM t -- rows
      WHERE a = 'x' GROUP BY a, b HAVING count() > 1 ORDER BY a, b DESC, c ASC LIMIT 10 OFFSET 020 FORMAT JSONEachRow;;`);
    expect(statement).toMatchObject({
      kind: 'select',
      format: 'JSONEachRow',
      select: {
        items: [{ alias: 'a' }, { alias: 'b' }, { kind: 'all' }],
        from: { kind: 'dataset', name: 't' },
        groupBy: [{ name: 'a' }, { name: 'b' }],
        orderBy: [{ descending: false }, { descending: true }, { descending: false }],
        limit: '10',
        offset: '20',
      },
    });
  });

  it('knows no bound for LIMIT ALL', () => {
    expect(select('SELECT 1 LIMIT ALL').limit).toBeNull();
  });

  it('takes keywords as names where only a name can stand', () => {
    expect(select('SELECT 1 AS from FROM group').from).toEqual({ kind: 'dataset', name: 'group' });
    expect(select('SELECT format, left FROM t').items).toHaveLength(2);
    expect(select('SELECT "select" FROM "my-data"').from).toEqual({ kind: 'dataset', name: 'my-data' });
  });

  it.each([
    ['SHOW TABLES', { kind: 'show-tables', format: 'JSON' }],
    ['show timezones format TabSeparated', { kind: 'show-timezones', format: 'TabSeparated' }],
    ['SHOW TIMEZONE ;', { kind: 'show-timezone', format: 'JSON' }],
  ])('reads %s', (text, statement) => {
    expect(parseStatement(text)).toEqual(statement);
  });

  it.each([
    ['', 'Expected an SQL statement, found: EOF'],
    ['   -- nothing', 'Expected an SQL statement, found: EOF'],
    ['SELEKT 1', 'Expected an SQL statement, found: SELEKT at Line: 1, Column 1'],
    ['SELECT', 'Expected an expression:, found: EOF'],
    ['SELECT 1 FROM', 'Expected identifier, found: EOF'],
    ['SELECT count() FROM `t`', 'Expected identifier, found: ` at Line: 1, Column 21'],
    ['SELECT 1 +', 'Expected an expression:, found: EOF'],
    ['SELECT a,\nFROM t', 'Expected an expression:, found: FROM at Line: 2, Column 1'],
    ['SELECT (1', 'Expected ), found: EOF'],
    ['SELECT 1 FROM t WHERE', 'Expected an expression:, found: EOF'],
    ['SELECT 1 FROM t LIMIT x', 'Expected literal int, found: x at Line: 1, Column 23'],
    ['SELECT 1 FROM t LIMIT 1, 2', 'Expected end of statement, found: , at Line: 1, Column 24'],
    ['SELECT 1 FROM t ORDER double1', 'Expected end of statement, found: ORDER at Line: 1, Column 17'],
    ['SELECT 1 == 2', 'Expected an expression:, found: = at Line: 1, Column 11'],
    ['SELECT +1', 'Expected an expression:, found: + at Line: 1, Column 8'],
    ['SELECT $timeSeries AS t', 'Expected an expression:, found: $ at Line: 1, Column 8'],
    ['SELECT INTERVAL 1 DAY', 'Expected literal string, found: 1 at Line: 1, Column 17'],
    [
      "SELECT INTERVAL '1' WEEK",
      'Expected one of YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, found: WEEK at Line: 1, Column 21',
    ],
    ["SELECT position('a', 'b')", 'Expected IN, found: , at Line: 1, Column 20'],
    ['SELECT extract(WEEK FROM timestamp)', 'Expected date/time field, found: WEEK at Line: 1, Column 16'],
    ['SELECT 1 FROM (SELECT 1 FORMAT JSON)', 'Expected ), found: FORMAT at Line: 1, Column 25'],
    ['SELECT x -> x', 'Expected end of statement, found: -> at Line: 1, Column 10'],
  ])('refuses %j at its place', (text, message) => {
    expect(() => parseStatement(text)).toThrow(`sql parser error: ${message}`);
  });
});
