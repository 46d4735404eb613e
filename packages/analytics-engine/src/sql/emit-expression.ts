import { quoteName, quoteString } from './clickhouse-text.ts';
import { FUNCTION_OF } from './operator-function.ts';
import type { Literal, Unit } from './syntax.ts';
import type { Typed } from './typed.ts';

/** What the SQL of an expression depends on besides the expression. */
export type EmitContext = {
  /** Name of the FROM of the query. Columns are always written with it, so that no alias can be taken for one. */
  source: string;
  /** The order in which rows are read, for `first_value` and `last_value`; null for none. */
  rowOrder: RowOrder | null;
};

export type RowOrder = { by: readonly Typed[]; descending: boolean };

const INTERVAL: Readonly<Record<Unit, string>> = {
  YEAR: 'toIntervalYear',
  MONTH: 'toIntervalMonth',
  DAY: 'toIntervalDay',
  HOUR: 'toIntervalHour',
  MINUTE: 'toIntervalMinute',
  SECOND: 'toIntervalSecond',
};

/** An expression as ClickHouse SQL. It can stand anywhere: it is one word, one call, or in parentheses. */
export function emit(typed: Typed, context: EmitContext): string {
  switch (typed.node) {
    case 'literal':
      return emitLiteral(typed.literal);
    case 'column':
      return `${quoteName(context.source)}.${quoteName(typed.name)}`;
    case 'alias':
      return quoteName(typed.name);
    case 'operation':
      return emitOperation(typed, context);
    case 'call':
      return emitCall(typed, context);
  }
}

export function emitLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'integer':
      return literal.digits;
    case 'double':
      return literal.text;
    case 'string':
      return quoteString(literal.value);
    case 'boolean':
      return String(literal.value);
    case 'interval':
      return `${INTERVAL[literal.unit]}(${literal.digits})`;
    case 'null':
      return 'NULL';
  }
}

/**
 * Operators are written as the functions that they are: ClickHouse reads a thousand levels of those, and far fewer of
 * parentheses.
 */
function emitOperation({ operator, operands }: Typed & { node: 'operation' }, context: EmitContext): string {
  const [first = '', ...others] = operands.map((operand) => emit(operand, context));
  switch (operator) {
    case 'NEGATE':
      return operands[0]?.node === 'literal' ? `-${first}` : `${FUNCTION_OF[operator]}(${first})`;
    case 'BETWEEN':
    case 'NOT BETWEEN':
      return `(${first} ${operator} ${others.join(' AND ')})`;
    case 'IN':
    case 'NOT IN':
      return `(${first} ${operator} (${others.join(', ')}))`;
    default:
      return `${FUNCTION_OF[operator]}(${[first, ...others].join(', ')})`;
  }
}

function emitCall(typed: Typed & { node: 'call' }, context: EmitContext): string {
  const { definition, distinct } = typed;
  const args = typed.args.map((arg) => emit(arg, context));
  const ordered = emitOrdered(definition.name, args, context);
  if (ordered !== null) return ordered;
  return definition.emit({
    args,
    types: typed.args.map((arg) => arg.type),
    parameters: typed.parameters.map((each) => (typeof each === 'string' ? each : emitLiteral(each))),
    distinct,
  });
}

/** `first_value` and `last_value` where rows have an order: the value where that order is least or greatest. */
function emitOrdered(name: string, args: readonly string[], context: EmitContext): string | null {
  const { rowOrder } = context;
  if (rowOrder === null || (name !== 'first_value' && name !== 'last_value')) return null;
  const least = (name === 'first_value') !== rowOrder.descending;
  const keys = rowOrder.by.map((key) => emit(key, context));
  return `${least ? 'argMin' : 'argMax'}(${args[0]}, (${keys.join(', ')}))`;
}
