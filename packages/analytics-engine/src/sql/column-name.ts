import { emitLiteral } from './emit-expression.ts';
import type { Operator, Typed } from './typed.ts';

/** ClickHouse's functions behind operators, by which it names a column without alias. */
const FUNCTION_OF: Readonly<Record<Operator, string>> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  '=': 'equals',
  '<>': 'notEquals',
  '<': 'less',
  '<=': 'lessOrEquals',
  '>': 'greater',
  '>=': 'greaterOrEquals',
  NEGATE: 'negate',
  NOT: 'not',
  AND: 'and',
  OR: 'or',
  LIKE: 'like',
  'NOT LIKE': 'notLike',
  ILIKE: 'ilike',
  'NOT ILIKE': 'notILike',
  BETWEEN: 'and',
  'NOT BETWEEN': 'or',
  IN: 'in',
  'NOT IN': 'notIn',
};

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
    case 'call': {
      const { definition, parameters, distinct, args } = typed;
      const names = args.map(columnName).join(', ');
      const first = parameters
        .map((each) => (typeof each === 'string' ? each : emitLiteral(each)))
        .join(', ');
      return `${definition.name}${distinct ? 'Distinct' : ''}${first === '' ? '' : `(${first})`}(${names})`;
    }
  }
}

function operationName({ operator, operands }: Typed & { node: 'operation' }): string {
  const name = FUNCTION_OF[operator];
  const [value = '', ...others] = operands.map(columnName);
  switch (operator) {
    case 'NEGATE':
      return operands[0]?.node === 'literal' ? `-${value}` : `${name}(${value})`;
    case 'IN':
    case 'NOT IN':
      return `${name}(${value}, ${others.length === 1 ? others[0] : `(${others.join(', ')})`})`;
    case 'BETWEEN':
      return `and(greaterOrEquals(${value}, ${others[0]}), lessOrEquals(${value}, ${others[1]}))`;
    case 'NOT BETWEEN':
      return `or(less(${value}, ${others[0]}), greater(${value}, ${others[1]}))`;
    default:
      return `${name}(${[value, ...others].join(', ')})`;
  }
}
