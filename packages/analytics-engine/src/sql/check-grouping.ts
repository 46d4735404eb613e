import { emit } from './emit-expression.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';
import type { Typed } from './typed.ts';

/** Any name will do: texts are compared with each other only. */
const CONTEXT = { source: '', rowOrder: null };

/** In a query with groups every value is a key, the result of an aggregate function, or made of such. */
export function checkGrouping(query: Query): void {
  const values = [
    ...query.outputs.map(({ value }) => value),
    ...(query.having === null ? [] : [query.having]),
  ];
  const grouped =
    query.groupBy.length > 0 ||
    values.some((value) => value.aggregates) ||
    query.orderBy.some(({ by }) => by.aggregates);
  if (!grouped) {
    if (query.having !== null) throw new Refusal('HAVING needs a GROUP BY clause or an aggregate function');
    return;
  }
  const keys = new Set(query.groupBy.map((key) => emit(key.node === 'alias' ? key.of : key, CONTEXT)));
  for (const value of values) checkGrouped(value, keys);
}

/** An alias stands for a column of the result, which is checked on its own. */
function checkGrouped(value: Typed, keys: ReadonlySet<string>): void {
  if (!value.reads || value.node === 'alias' || keys.has(emit(value, CONTEXT))) return;
  switch (value.node) {
    case 'literal':
      return;
    case 'column':
      throw new Refusal(`column must be in the GROUP BY clause or in an aggregate function: "${value.name}"`);
    case 'operation':
      for (const operand of value.operands) checkGrouped(operand, keys);
      return;
    case 'call':
      if (!value.definition.aggregate) for (const arg of value.args) checkGrouped(arg, keys);
  }
}
