import type { Literal } from '../syntax.ts';
import { CONDITION, NUMBER, SCALAR, TIME, type Type } from '../type.ts';

/** What one argument may be. `literal`: it must be written out. `as`: what another type is made before the call. */
export type Argument = { types: readonly Type[]; literal?: true; as?: 'DateTime' | 'Boolean' };

export const NUMERIC: Argument = { types: NUMBER };
export const INTEGER: Argument = { types: ['Integer'] };
export const TEXT: Argument = { types: ['String'] };
export const TEXT_LITERAL: Argument = { types: ['String'], literal: true };
export const MOMENT: Argument = { types: TIME, as: 'DateTime' };
export const TRUTH: Argument = { types: CONDITION, as: 'Boolean' };
export const ANY: Argument = { types: SCALAR };

/** An argument as the rules of a function see it. `literal` is null for anything that is not written out. */
export type GivenArgument = { type: Type; literal: Literal | null };

/** A call as its translation sees it: arguments and parameters are ClickHouse SQL. */
export type GivenCall = {
  args: readonly string[];
  types: readonly Type[];
  parameters: readonly string[];
  distinct: boolean;
};

/** The first pair of parentheses of `quantileExactWeighted(0.5)(…)`. */
export type Parameter = {
  required: boolean;
  expected: string;
  accepts: (literal: Literal) => boolean;
};

export type FunctionGroup =
  | 'aggregate'
  | 'bit'
  | 'conditional'
  | 'date and time'
  | 'encoding'
  | 'mathematical'
  | 'string'
  | 'type conversion';

/** One function of the dialect: what it takes, what it gives, and how ClickHouse computes it. */
export type FunctionDefinition = {
  /** As the reference spells it; case does not matter in a statement. */
  name: string;
  group: FunctionGroup;
  /** Usage, for the table of the dialect. */
  signature: string;
  /** Month in which the reference announced it; null for what was there from the start. */
  since: string | null;
  /** How it is run where ClickHouse's function of this name does something else or is missing. */
  runsAs: string | null;
  aggregate: boolean;
  parameter: Parameter | null;
  /** Arguments after `DISTINCT`; null where it is not allowed. */
  distinct: readonly Argument[] | null;
  required: readonly Argument[];
  optional: readonly Argument[];
  /** Further arguments, any number; null for none. */
  rest: Argument | null;
  result: Type | ((types: readonly Type[]) => Type);
  /** What the types do not say. Gives the reason of a refusal, which ends before the call's own text, or null. */
  check: (args: readonly GivenArgument[]) => string | null;
  emit: (call: GivenCall) => string;
};

type Given = Pick<FunctionDefinition, 'name' | 'group' | 'signature' | 'result'> &
  Partial<FunctionDefinition>;

/** Completes a definition: no arguments, no aggregation, and run as the function of the same name. */
export function define(given: Given): FunctionDefinition {
  return {
    since: null,
    runsAs: null,
    aggregate: false,
    parameter: null,
    distinct: null,
    required: [],
    optional: [],
    rest: null,
    check: () => null,
    emit: ({ args }) => `${given.name}(${args.join(', ')})`,
    ...given,
  };
}

/** The type of the first argument. */
export function sameAsFirst([first]: readonly Type[]): Type {
  return first ?? 'Null';
}
