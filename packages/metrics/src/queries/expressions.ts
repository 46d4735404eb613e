import { column, UNKNOWN, type ColumnName, type MetricType } from '../layout.ts';
import { quote } from './quote.ts';

/** How many points a row stands for: more than 1 once Analytics Engine samples. Everything that counts multiplies by it. */
const WEIGHT = '_sample_interval';

/** `UNKNOWN` as a literal: with its point, because both branches of `if` must be doubles. */
const UNKNOWN_LITERAL = UNKNOWN.toFixed(1);

/** A figure of a row, and the condition under which the machine could tell it. */
export type Measure = { value: string; known: string };

/** A column of the layout as a figure. */
export function measure(name: ColumnName): Measure {
  return { value: column(name), known: `${column(name)} >= 0` };
}

/** How much of one column another one is, in percent. */
export function share(part: ColumnName, whole: ColumnName): Measure {
  return {
    value: `(${column(part)} * 100 / ${column(whole)})`,
    known: `${column(part)} >= 0 AND ${column(whole)} > 0`,
  };
}

/** Rows of points of one type. */
export function ofType(type: MetricType): string {
  return `${column('metricType')} = ${quote(type)}`;
}

/** Rows that machines wrote themselves. What is written about them goes on when they are silent. */
export function byMachines(): string {
  return `${column('metricType')} IN (${['resource', 'process', 'startup'].map(quote).join(', ')})`;
}

/** Start of the step in which a row was measured, in Unix seconds; the width is a number or a macro for one. */
export function stepOf(seconds: number | string): string {
  return `intDiv(toUInt32(${column('measuredAt')}), ${seconds}) * ${seconds}`;
}

/**
 * Weighted mean of what is known; `UNKNOWN` when nothing is. Division by zero is avoided because NaN has no place in
 * JSON. A point written twice counts twice in it, which moves it little.
 */
export function mean({ value, known }: Measure): string {
  return ratio(`${value} * ${WEIGHT}`, WEIGHT, known);
}

/** What was counted per second, over the time that the counts cover; `UNKNOWN` when nothing is. A repeat changes little. */
export function perSecond(counted: ColumnName, coversMs: ColumnName): string {
  return ratio(
    `${column(counted)} * 1000 * ${WEIGHT}`,
    `${column(coversMs)} * ${WEIGHT}`,
    `${column(counted)} >= 0 AND ${column(coversMs)} > 0`,
  );
}

function ratio(above: string, below: string, condition: string): string {
  return ifAny(condition, `sumIf(${above}, ${condition}) / sumIf(${below}, ${condition})`);
}

/** Highest value; `UNKNOWN` when nothing is known. A repeat changes nothing. */
export function highest({ value, known }: Measure): string {
  return `max(if(${known}, ${value}, ${UNKNOWN_LITERAL}))`;
}

/** Weighted percentile (`level` from 0 to 1) of what is known; `UNKNOWN` when nothing is. */
export function percentile(level: number, { value, known }: Measure): string {
  return ifAny(known, `quantileExactWeighted(${level})(${value}, if(${known}, ${WEIGHT}, 0))`);
}

function ifAny(condition: string, then: string): string {
  return `if(countIf(${condition}) > 0, ${then}, ${UNKNOWN_LITERAL})`;
}

/** Value of the row that was measured last. A repeat changes nothing. */
export function newest(name: ColumnName): string {
  return `argMax(${column(name)}, ${column('measuredAt')})`;
}

/** How many points were written. A point written twice counts twice. */
export function written(): string {
  return `sum(${WEIGHT})`;
}

/** Weighted sum of a column. A point written twice counts twice. */
export function total(name: ColumnName): string {
  return `sum(${column(name)} * ${WEIGHT})`;
}

/**
 * How many different values there are, times what a row stands for on average: right for points written twice and,
 * as an estimate, for sampled ones. Only for groups: without GROUP BY an empty answer divides by zero.
 */
export function distinct(value: string): string {
  return `count(DISTINCT ${value}) * sum(${WEIGHT}) / count()`;
}

/** Several columns as one value, to tell rows apart. */
export function together(...names: ColumnName[]): string {
  return `format(${quote(names.map(() => '{}').join(' '))}, ${names.map(column).join(', ')})`;
}
