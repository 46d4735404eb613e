import { quoteName } from './clickhouse-text.ts';
import { emit, type EmitContext } from './emit-expression.ts';
import type { Query } from './query.ts';
import type { Output } from './scope.ts';

/** Database of the datasets' tables. */
const DATABASE = 'ae';

/** A checked SELECT as ClickHouse SQL. */
export function emitSelect(query: Query): string {
  const source = sourceName(query.outputs);
  const context: EmitContext = { source, rowOrder: query.rowOrder };
  const clauses = [
    `SELECT ${query.outputs.map((output) => emitOutput(output, context)).join(', ')}`,
    query.from && `FROM ${emitSource(query.from)} AS ${quoteName(source)}`,
    query.where && `WHERE ${emit(query.where, context)}`,
    query.groupBy.length > 0 && `GROUP BY ${query.groupBy.map((key) => emit(key, context)).join(', ')}`,
    query.having && `HAVING ${emit(query.having, context)}`,
    query.orderBy.length > 0 && `ORDER BY ${query.orderBy.map((key) => emitOrder(key, context)).join(', ')}`,
    query.limit && `LIMIT ${query.limit}`,
    query.offset && `OFFSET ${query.offset}`,
  ];
  return clauses.filter(Boolean).join(' ');
}

/** The reference documents booleans; ClickHouse gives numbers where it is not asked. */
function emitOutput({ name, value }: Output, context: EmitContext): string {
  const sql = emit(value, context);
  return `${value.type === 'Boolean' ? `CAST(${sql}, 'Bool')` : sql} AS ${quoteName(name)}`;
}

function emitOrder({ by, descending }: Query['orderBy'][number], context: EmitContext): string {
  return `${emit(by, context)} ${descending ? 'DESC' : 'ASC'}`;
}

function emitSource(from: NonNullable<Query['from']>): string {
  if (from.kind === 'dataset') return `${quoteName(DATABASE)}.${quoteName(from.name)}`;
  return `(${emitSelect(from.query)})`;
}

/** A name that no column of the result has, nor begins with: `source`, with as many underscores as that takes. */
function sourceName(outputs: readonly Output[]): string {
  let name = 'source';
  while (outputs.some((output) => output.name === name || output.name.startsWith(`${name}.`))) name += '_';
  return name;
}
