import { median } from './statistics.ts';

/** One line of the result. The eight fields are the whole format of `--json`. */
export type Row = {
  /** Which suite measured it. */
  suite: string;
  /** What was measured of our part, for example `restart`; of another subject `restart/<subject>`. */
  metric: string;
  /** Median of the samples, in `unit`. */
  value: number;
  unit: string;
  /** Median of the subject that is the floor, of the same run; null where there is none. */
  floor: number | null;
  /** `value / floor`; null where the metric is not judged against its floor. */
  ratio: number | null;
  /** What `ratio` may be; what `value` may be where `ratio` is null. Null for rows that only inform. */
  limit: number | null;
  /** Whether the limit is met; null without a limit. */
  ok: boolean | null;
};

/** How a metric is judged: by its ratio to the floor, or by its value itself; at most, or at least. */
export type Limit =
  | { kind: 'ratio-at-most'; limit: number }
  | { kind: 'ratio-at-least'; limit: number }
  | { kind: 'value-at-most'; limit: number }
  | { kind: 'value-at-least'; limit: number };

/** Everything that was measured for one metric. */
export type Measured = {
  metric: string;
  unit: string;
  /** Per subject, in the order in which rows are wanted. Subjects without samples get no row. */
  samples: ReadonlyMap<string, readonly number[]>;
  /** The subject that is judged; its row carries the name of the metric alone. */
  judged: string;
  /** The subject that is the floor, where there is one. */
  floor?: string;
  /** None for metrics that only inform. */
  limit?: Limit;
};

/** The rows of a metric without the name of the suite, the judged subject first. */
export function rowsOf(measured: Measured): Omit<Row, 'suite'>[] {
  const { metric, unit, samples, judged, limit } = measured;
  const values = [...samples].flatMap(([subject, list]) =>
    list.length === 0 ? [] : [{ subject, value: median(list) }],
  );
  const floor = values.find(({ subject }) => subject === measured.floor)?.value ?? null;
  const rows = values.map(({ subject, value }) => {
    const ratio =
      floor === null || floor === 0 || limit?.kind.startsWith('value-') ? null : round(value / floor);
    const row = {
      metric: `${metric}/${subject}`,
      value: round(value),
      unit,
      floor: roundOrNull(floor),
      ratio,
    };
    if (subject !== judged) return { ...row, limit: null, ok: null };
    return {
      ...row,
      metric,
      limit: limit?.limit ?? null,
      ok: limit === undefined ? null : judge(row, limit),
    };
  });
  return rows.toSorted((a, b) => Number(b.metric === metric) - Number(a.metric === metric));
}

/** Whether a limit is met. A ratio that could not be had does not meet a limit on the ratio. */
export function judge({ value, ratio }: Pick<Row, 'value' | 'ratio'>, limit: Limit): boolean {
  switch (limit.kind) {
    case 'ratio-at-most':
      return ratio !== null && ratio <= limit.limit;
    case 'ratio-at-least':
      return ratio !== null && ratio >= limit.limit;
    case 'value-at-most':
      return value <= limit.limit;
    case 'value-at-least':
      return value >= limit.limit;
    default:
      return limit satisfies never;
  }
}

/** Four significant digits: more than the noise allows, few enough to read. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : round(value);
}
