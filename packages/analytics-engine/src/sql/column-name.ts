import { emitLiteral } from './emit-expression.ts';
import { FUNCTION_OF } from './operator-function.ts';
import type { Typed } from './typed.ts';

/**
 * The name of a column without alias: `count()`, `sum(_sample_interval)`, `multiply(double1, 2)`. Functions are spelled
 * as the reference does, whatever the statement wrote.
 */
export function columnName(typed: Typed): string {
  switch (typed.node) {
    case 'literal':
      return emitLiteral(typed.literal);
    case 'column':
    case 'alias':
      return typed.name;
    case 'operation':
      return operationName(typed);
    case 'call':
      return callName(typed);
  }
}

function callName({ definition, parameters, distinct, args }: Typed & { node: 'call' }): string {
  const names = args.map(columnName).join(', ');
  const [first] = parameters;
  if (first === undefined) return `${definition.name}${distinct ? 'Distinct' : ''}(${names})`;
  if (typeof first === 'string') return `${definition.name}(${first} FROM ${names})`;
  return `${definition.name}(${emitLiteral(first)})(${names})`;
}

function operationName({ operator, operands }: Typed & { node: 'operation' }): string {
  const [value = '', ...others] = operands.map(columnName);
  switch (operator) {
    case 'NEGATE':
      return operands[0]?.node === 'literal' ? `-${value}` : `${FUNCTION_OF[operator]}(${value})`;
    case 'IN':
    case 'NOT IN':
      return `${FUNCTION_OF[operator]}(${value}, ${others.length === 1 ? others[0] : `(${others.join(', ')})`})`;
    case 'BETWEEN':
      return `and(greaterOrEquals(${value}, ${others[0]}), lessOrEquals(${value}, ${others[1]}))`;
    case 'NOT BETWEEN':
      return `or(less(${value}, ${others[0]}), greater(${value}, ${others[1]}))`;
    default:
      return `${FUNCTION_OF[operator]}(${[value, ...others].join(', ')})`;
  }
}
