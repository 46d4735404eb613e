import type { RowOrder } from './emit-expression.ts';
import type { Output } from './scope.ts';
import type { Typed } from './typed.ts';

/** A SELECT whose names are resolved and whose types fit. */
export type Query = {
  outputs: readonly Output[];
  from: { kind: 'dataset'; name: string } | { kind: 'subquery'; query: Query } | null;
  where: Typed | null;
  groupBy: readonly Typed[];
  having: Typed | null;
  orderBy: readonly { by: Typed; descending: boolean }[];
  /** The order of the rows that are read, where ORDER BY means that and not the order of the result. */
  rowOrder: RowOrder | null;
  limit: string | null;
  offset: string | null;
};
