import type { Operator } from './typed.ts';

/** ClickHouse's functions behind operators. BETWEEN is two comparisons. */
export const FUNCTION_OF: Readonly<Record<Exclude<Operator, 'BETWEEN' | 'NOT BETWEEN'>, string>> = {
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
  IN: 'in',
  'NOT IN': 'notIn',
};
