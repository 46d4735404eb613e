import {
  ANY,
  define,
  INTEGER,
  NUMERIC,
  sameAsFirst,
  TRUTH,
  type Argument,
  type FunctionDefinition,
  type GivenCall,
  type Parameter,
} from './definition.ts';
import type { Literal } from '../syntax.ts';

/** Strings are refused here by production, in its own words. */
const COMPARABLE: Argument = { types: ['Integer', 'Double', 'DateTime', 'Date'] };

const LEVEL: Parameter = { required: true, expected: 'a number from 0 to 1', accepts: isLevel };
const TOP_LEVEL: Argument = { types: ['Integer', 'Double'], literal: true };

/** ClickHouse takes no more than 65,536. */
const TOP: Parameter = {
  required: false,
  expected: 'a whole number from 1 to 65536',
  accepts: (literal) => literal.kind === 'integer' && isBetween(Number(literal.digits), 1, 65_536),
};

export const AGGREGATE: readonly FunctionDefinition[] = [
  aggregate({
    name: 'count',
    signature: 'count() | count(DISTINCT column)',
    distinct: [ANY],
    result: 'Integer',
    emit: ({ args, distinct }) => (distinct ? `count(DISTINCT ${args[0]})` : 'count()'),
  }),
  aggregate({
    name: 'sum',
    signature: 'sum([DISTINCT] column)',
    distinct: [NUMERIC],
    required: [NUMERIC],
    result: sameAsFirst,
    emit: emitDistinct('sum'),
  }),
  aggregate({
    name: 'avg',
    signature: 'avg([DISTINCT] column)',
    distinct: [NUMERIC],
    required: [NUMERIC],
    result: 'Double',
    emit: emitDistinct('avg'),
  }),
  aggregate({ name: 'min', signature: 'min(column)', required: [COMPARABLE], result: sameAsFirst }),
  aggregate({ name: 'max', signature: 'max(column)', required: [COMPARABLE], result: sameAsFirst }),
  aggregate({
    name: 'quantileExactWeighted',
    signature: 'quantileExactWeighted(q)(column, weight)',
    parameter: LEVEL,
    required: [COMPARABLE, INTEGER],
    result: sameAsFirst,
    emit: ({ args, parameters }) => emitQuantile(parameters[0], args[0], args[1]),
  }),
  aggregate({
    name: 'quantileWeighted',
    signature: 'quantileWeighted(q, column, weight)',
    runsAs: '`quantileExactWeighted(q)(column, weight)`',
    required: [TOP_LEVEL, COMPARABLE, INTEGER],
    result: ([, column]) => column ?? 'Double',
    check: ([level]) =>
      level?.literal && !isLevel(level.literal) ? `the 1st argument must be ${LEVEL.expected} in` : null,
    emit: ({ args }) => emitQuantile(args[0], args[1], args[2]),
  }),
  aggregate({
    name: 'argMax',
    signature: 'argMax(arg, val)',
    since: '2025-09',
    required: [ANY, ANY],
    result: sameAsFirst,
  }),
  aggregate({
    name: 'argMin',
    signature: 'argMin(arg, val)',
    since: '2025-09',
    required: [ANY, ANY],
    result: sameAsFirst,
  }),
  aggregate({
    name: 'first_value',
    signature: 'first_value(column)',
    since: '2025-09',
    runsAs:
      '`argMin` over the ORDER BY of the statement (`argMax` when it descends), where there is one and no GROUP BY',
    required: [ANY],
    result: sameAsFirst,
  }),
  aggregate({
    name: 'last_value',
    signature: 'last_value(column)',
    since: '2025-09',
    runsAs:
      '`argMax` over the ORDER BY of the statement (`argMin` when it descends), where there is one and no GROUP BY',
    required: [ANY],
    result: sameAsFirst,
  }),
  aggregate({
    name: 'topK',
    signature: 'topK[(N)](column), N is 10',
    since: '2025-09',
    parameter: TOP,
    required: [ANY],
    result: 'Array',
    emit: ({ args, parameters }) => `topK(${parameters[0] ?? 10})(${args[0]})`,
  }),
  aggregate({
    name: 'topKWeighted',
    signature: 'topKWeighted[(N)](column, weight), N is 10',
    since: '2025-09',
    parameter: TOP,
    required: [ANY, INTEGER],
    result: 'Array',
    emit: ({ args, parameters }) => `topKWeighted(${parameters[0] ?? 10})(${args[0]}, toUInt64(${args[1]}))`,
  }),
  aggregate({
    name: 'countIf',
    signature: 'countIf(condition)',
    since: '2025-11',
    required: [TRUTH],
    result: 'Integer',
  }),
  aggregate({
    name: 'sumIf',
    signature: 'sumIf(column, condition)',
    since: '2025-11',
    required: [NUMERIC, TRUTH],
    result: sameAsFirst,
  }),
  aggregate({
    name: 'avgIf',
    signature: 'avgIf(column, condition)',
    since: '2025-11',
    required: [NUMERIC, TRUTH],
    result: 'Double',
  }),
];

function aggregate(given: Omit<Parameters<typeof define>[0], 'group'>): FunctionDefinition {
  return define({ ...given, group: 'aggregate', aggregate: true });
}

function emitDistinct(name: string) {
  return ({ args, distinct }: GivenCall): string => `${name}(${distinct ? 'DISTINCT ' : ''}${args[0]})`;
}

/** ClickHouse takes unsigned weights only, and the difference of two unsigned columns is signed. */
function emitQuantile(
  level: string | undefined,
  value: string | undefined,
  weight: string | undefined,
): string {
  return `quantileExactWeighted(${level})(${value}, toUInt64(${weight}))`;
}

function isLevel(literal: Literal): boolean {
  if (literal.kind === 'integer') return isBetween(Number(literal.digits), 0, 1);
  return literal.kind === 'double' && isBetween(Number(literal.text), 0, 1);
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
