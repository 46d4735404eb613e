import type { Format } from './translation.ts';

/** Units of an interval, and of `extract`. */
export const UNITS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const;
export type Unit = (typeof UNITS)[number];

/** `integer` and `interval` hold decimal digits, `double` the text of a finite number that ClickHouse reads as Float64. */
export type Literal =
  | { kind: 'integer'; digits: string }
  | { kind: 'double'; text: string }
  | { kind: 'string'; value: string }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'interval'; digits: string; unit: Unit }
  | { kind: 'null' };

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** An expression as it was written. AND and OR hold all operands of a row, so that a long row is not a deep tree. */
export type Expression =
  | Literal
  | { kind: 'name'; name: string }
  | { kind: 'star' }
  | {
      kind: 'call';
      name: string;
      /** `quantileExactWeighted(0.5)(…)`: the first pair of parentheses. */
      parameters: Expression[] | null;
      distinct: boolean;
      args: Expression[];
    }
  | { kind: 'position'; needle: Expression; haystack: Expression }
  | { kind: 'extract'; unit: Unit; from: Expression }
  | { kind: 'negate'; operand: Expression }
  | { kind: 'not'; operand: Expression }
  | { kind: 'and' | 'or'; operands: Expression[] }
  | { kind: 'arithmetic'; operator: ArithmeticOperator; left: Expression; right: Expression }
  | { kind: 'comparison'; operator: ComparisonOperator; left: Expression; right: Expression }
  | { kind: 'like'; negated: boolean; ignoreCase: boolean; value: Expression; pattern: Expression }
  | { kind: 'between'; negated: boolean; value: Expression; low: Expression; high: Expression }
  | { kind: 'in'; negated: boolean; value: Expression; list: Expression[] };

export type SelectItem = { kind: 'all' } | { kind: 'expression'; value: Expression; alias: string | null };

export type Source = { kind: 'dataset'; name: string } | { kind: 'subquery'; select: Select };

export type Ordering = { by: Expression; descending: boolean };

export type Select = {
  items: SelectItem[];
  from: Source | null;
  where: Expression | null;
  groupBy: Expression[];
  having: Expression | null;
  orderBy: Ordering[];
  /** Digits; null for none and for `ALL`. */
  limit: string | null;
  offset: string | null;
};

export type ShowKind = 'show-tables' | 'show-timezones' | 'show-timezone';

export type Statement =
  | { kind: 'select'; select: Select; format: Format }
  | { kind: ShowKind; format: Format };
