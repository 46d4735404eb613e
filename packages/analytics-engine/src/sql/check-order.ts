import { checkExpression } from './check-expression.ts';
import { print } from './print.ts';
import type { Query } from './query.ts';
import { Refusal, unknownColumn } from './refusal.ts';
import type { Output, Scope } from './scope.ts';
import type { Expression, Select } from './syntax.ts';
import { typedAlias, type Typed } from './typed.ts';

const OF_ROWS = new Set(['first_value', 'last_value']);

/**
 * Checks ORDER BY. It sees the columns of the result and nothing else, so a column that is selected under an alias goes
 * by that alias. One exception is documented: `SELECT first_value(blob1) … ORDER BY timestamp` without GROUP BY orders
 * the rows that are read.
 */
export function checkOrder(
  select: Select,
  outputs: readonly Output[],
  scope: Scope,
): Pick<Query, 'orderBy' | 'rowOrder'> {
  const results = new Map(outputs.map(({ name, value }) => [name, value]));
  const elsewhere: string[] = [];
  const resolve = (name: string): Typed => {
    const result = results.get(name);
    if (result !== undefined) return typedAlias(name, result);
    elsewhere.push(name);
    return scope.resolve(name);
  };
  const orderBy = select.orderBy.map(({ by, descending }) => {
    refuseNumber(by);
    return { by: checkExpression(by, resolve), descending };
  });
  const [missing] = elsewhere;
  if (missing === undefined) return { orderBy, rowOrder: null };
  if (select.groupBy.length > 0 || !outputs.some(({ value }) => readsRows(value)))
    throw unknownColumn(missing);
  return { orderBy: [], rowOrder: checkRowOrder(orderBy) };
}

/** ClickHouse would take a number for the place of a column. */
function refuseNumber(by: Expression): void {
  if (by.kind !== 'integer') return;
  throw new Refusal(`in the ORDER BY clause you may only provide columns of the result: ${print(by)}`);
}

function checkRowOrder(orderBy: Query['orderBy']): Query['rowOrder'] {
  const descending = orderBy[0]!.descending;
  if (orderBy.some((each) => each.descending !== descending)) {
    throw new Refusal('first_value and last_value need an ORDER BY with a single direction');
  }
  if (orderBy.some(({ by }) => by.aggregates)) {
    throw new Refusal('first_value and last_value need an ORDER BY without aggregate functions');
  }
  return { by: orderBy.map(({ by }) => by), descending };
}

/** Whether it holds a function that depends on the order of rows. What an alias stands for is looked at on its own. */
function readsRows(value: Typed): boolean {
  if (value.node === 'call') return OF_ROWS.has(value.definition.name) || value.args.some(readsRows);
  return value.node === 'operation' && value.operands.some(readsRows);
}
