import { checkCondition } from './check-operator.ts';
import { checkGrouping } from './check-grouping.ts';
import { checkNames, checkSize } from './check-outputs.ts';
import { checkOrder } from './check-order.ts';
import { DATASET_COLUMNS } from './columns.ts';
import { print } from './print.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';
import { Scope } from './scope.ts';
import type { Expression, Select, Source } from './syntax.ts';
import type { Catalog } from './translation.ts';
import type { Type } from './type.ts';
import type { Typed } from './typed.ts';

const NO_COLUMNS: ReadonlyMap<string, Type> = new Map();

/** Resolves the names of a SELECT and checks its types and clauses. Throws a `Refusal`. */
export function checkSelect(select: Select, catalog: Catalog): Query {
  const { from, columns } = checkSource(select.from, catalog);
  const neverWritten = from?.kind === 'dataset' && columns.size === 0;
  if (from === null && select.items.some((item) => item.kind === 'all')) {
    throw new Refusal('SELECT * needs a FROM clause');
  }
  const scope = new Scope(columns, select.items);
  const outputs = scope.outputs(select.items);
  const where = select.where && checkFilter(select.where, scope, 'WHERE');
  if (where?.aggregates) {
    throw new Refusal(`aggregate functions are not allowed in the WHERE clause: ${print(select.where!)}`);
  }
  const groupBy = select.groupBy.map((key) => checkKey(key, scope));
  const having = select.having && checkFilter(select.having, scope, 'HAVING');
  const order = checkOrder(select, outputs, scope);
  if (neverWritten) throw new Refusal(`unknown table: "${from.name}"`);
  const { limit, offset } = select;
  const query: Query = { outputs, from, where, groupBy, having, ...order, limit, offset };
  checkNames(outputs);
  checkGrouping(query);
  checkSize(query);
  return query;
}

/** A dataset that was never written has no columns, so the first name that is looked up in it is unknown. */
function checkSource(
  source: Source | null,
  catalog: Catalog,
): { from: Query['from']; columns: ReadonlyMap<string, Type> } {
  if (source === null) return { from: null, columns: NO_COLUMNS };
  if (source.kind === 'dataset') {
    return { from: source, columns: catalog.datasets.has(source.name) ? DATASET_COLUMNS : NO_COLUMNS };
  }
  const query = checkSelect(source.select, catalog);
  const columns = new Map(query.outputs.map(({ name, value }) => [name, value.type]));
  return { from: { kind: 'subquery', query }, columns };
}

function checkFilter(condition: Expression, scope: Scope, clause: string): Typed {
  const typed = scope.check(condition);
  if (checkCondition(typed.type)) return typed;
  throw new Refusal(`cannot use the ${typed.type} type in the ${clause} clause: ${print(condition)}`);
}

/** The reference allows expressions here; production does not. */
function checkKey(key: Expression, scope: Scope): Typed {
  if (key.kind !== 'name') {
    throw new Refusal(`in the GROUP BY clause you may only provide column names: ${print(key)}`);
  }
  const typed = scope.resolve(key.name);
  if (!typed.aggregates) return typed;
  throw new Refusal(`aggregate functions are not allowed in the GROUP BY clause: ${print(key)}`);
}
