import { findFunction } from './functions/catalog.ts';
import { PRECEDENCE } from './precedence.ts';
import type { Expression, Literal } from './syntax.ts';

/** Binds tighter than every operator: literals, names, calls. */
const PRIMARY = 100;

/**
 * An expression as text of the dialect, in the form of production's messages: names in double quotes, functions as the
 * reference spells them, no more parentheses than it takes to read the same expression again.
 */
export function print(expression: Expression): string {
  switch (expression.kind) {
    case 'integer':
    case 'double':
    case 'string':
    case 'boolean':
    case 'interval':
    case 'null':
      return printLiteral(expression);
    case 'name':
      return `"${expression.name.replaceAll('"', '""')}"`;
    case 'star':
      return '*';
    case 'call':
      return printCall(expression);
    case 'position':
      return `position(${operand(expression.needle, PRECEDENCE.comparison)} IN ${print(expression.haystack)})`;
    case 'extract':
      return `extract(${expression.unit} FROM ${print(expression.from)})`;
    case 'negate':
      return `-${operand(expression.operand, PRECEDENCE.product)}`;
    case 'not':
      return `NOT ${operand(expression.operand, PRECEDENCE.not)}`;
    case 'and':
    case 'or': {
      const own = PRECEDENCE[expression.kind];
      return expression.operands.map((each) => operand(each, own)).join(` ${expression.kind.toUpperCase()} `);
    }
    case 'arithmetic':
    case 'comparison':
    case 'like':
    case 'between':
    case 'in':
      return printInfix(expression);
  }
}

export function printLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'integer':
      return literal.digits;
    case 'double':
      return literal.text;
    case 'string':
      return `'${literal.value.replaceAll("'", "''")}'`;
    case 'boolean':
      return String(literal.value);
    case 'interval':
      return `INTERVAL '${literal.digits}' ${literal.unit}`;
    case 'null':
      return 'NULL';
  }
}

function printCall({ name, parameters, distinct, args }: Expression & { kind: 'call' }): string {
  const first = parameters === null ? '' : `(${parameters.map(print).join(', ')})`;
  const known = findFunction(name)?.name ?? name;
  return `${known}${first}(${distinct ? 'DISTINCT ' : ''}${args.map(print).join(', ')})`;
}

type Infix = Extract<Expression, { kind: 'arithmetic' | 'comparison' | 'like' | 'between' | 'in' }>;

function printInfix(expression: Infix): string {
  const own = precedenceOf(expression);
  if (expression.kind === 'arithmetic' || expression.kind === 'comparison') {
    const { operator, left, right } = expression;
    return `${operand(left, own - 1)} ${operator} ${operand(right, own)}`;
  }
  const value = `${operand(expression.value, own - 1)}${expression.negated ? ' NOT' : ''}`;
  switch (expression.kind) {
    case 'like':
      return `${value} ${expression.ignoreCase ? 'ILIKE' : 'LIKE'} ${operand(expression.pattern, own)}`;
    case 'between':
      return `${value} BETWEEN ${operand(expression.low, own)} AND ${operand(expression.high, own)}`;
    case 'in':
      return `${value} IN (${expression.list.map(print).join(', ')})`;
  }
}

/** In parentheses unless it binds tighter than `above`. */
function operand(expression: Expression, above: number): string {
  const text = print(expression);
  return precedenceOf(expression) > above ? text : `(${text})`;
}

function precedenceOf(expression: Expression): number {
  switch (expression.kind) {
    case 'and':
    case 'or':
    case 'not':
    case 'like':
    case 'comparison':
      return PRECEDENCE[expression.kind];
    case 'between':
    case 'in':
      return PRECEDENCE.comparison;
    case 'negate':
      return PRECEDENCE.product;
    case 'arithmetic':
      return '+-'.includes(expression.operator) ? PRECEDENCE.sum : PRECEDENCE.product;
    default:
      return PRIMARY;
  }
}
