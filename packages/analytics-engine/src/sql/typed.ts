import type { FunctionDefinition } from './functions/definition.ts';
import type { ArithmeticOperator, ComparisonOperator, Literal, Unit } from './syntax.ts';
import type { Type } from './type.ts';

/** Operators as ClickHouse writes them between, before or around their operands. */
export type Operator =
  | ArithmeticOperator
  | ComparisonOperator
  | 'NEGATE'
  | 'NOT'
  | 'AND'
  | 'OR'
  | 'LIKE'
  | 'NOT LIKE'
  | 'ILIKE'
  | 'NOT ILIKE'
  | 'BETWEEN'
  | 'NOT BETWEEN'
  | 'IN'
  | 'NOT IN';

/** What is known of an expression with all that is below it, aliases replaced by what they stand for. */
type Extent = {
  type: Type;
  /** Whether it holds an aggregate function. */
  aggregates: boolean;
  /** Whether it reads a column. */
  reads: boolean;
  /** Number of parts, and of levels. */
  size: number;
  depth: number;
};

/** An expression whose names are resolved and whose types fit. */
export type Typed = Extent &
  (
    | { node: 'literal'; literal: Literal }
    | { node: 'column'; name: string }
    | { node: 'alias'; name: string; of: Typed }
    | { node: 'operation'; operator: Operator; operands: readonly Typed[] }
    | {
        node: 'call';
        definition: FunctionDefinition;
        parameters: readonly (Literal | Unit)[];
        distinct: boolean;
        args: readonly Typed[];
      }
  );

export function typedLiteral(literal: Literal, type: Type): Typed {
  return { node: 'literal', literal, type, aggregates: false, reads: false, size: 1, depth: 1 };
}

export function typedColumn(name: string, type: Type): Typed {
  return { node: 'column', name, type, aggregates: false, reads: true, size: 1, depth: 1 };
}

export function typedAlias(name: string, of: Typed): Typed {
  const { type, aggregates, size, depth } = of;
  return { node: 'alias', name, of, type, aggregates, reads: true, size, depth };
}

export function typedOperation(operator: Operator, type: Type, operands: readonly Typed[]): Typed {
  return { node: 'operation', operator, operands, ...extentOf(type, operands) };
}

export function typedCall(
  call: Omit<Extract<Typed, { node: 'call' }>, keyof Extent | 'node'>,
  type: Type,
): Typed {
  const extent = extentOf(type, call.args);
  return { node: 'call', ...call, ...extent, aggregates: extent.aggregates || call.definition.aggregate };
}

function extentOf(type: Type, children: readonly Typed[]): Extent {
  return {
    type,
    aggregates: children.some((child) => child.aggregates),
    reads: children.some((child) => child.reads),
    size: children.reduce((sum, child) => sum + child.size, 1),
    depth: children.reduce((deepest, child) => Math.max(deepest, child.depth), 0) + 1,
  };
}
