/** The middle of the samples; the mean of the two middle ones where their number is even. Throws when there is none. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** The value below which the share `q` (0 to 1) of the samples lies, interpolated. Throws when there is none. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  if (low === undefined || high === undefined) throw new Error('there is no sample');
  return low + (high - low) * (position - Math.floor(position));
}

/** What tells how much the samples of one subject differ. */
export type Spread = { count: number; min: number; p10: number; median: number; p90: number; max: number };

/** Throws when there is no sample. */
export function spread(samples: readonly number[]): Spread {
  return {
    count: samples.length,
    min: quantile(samples, 0),
    p10: quantile(samples, 0.1),
    median: median(samples),
    p90: quantile(samples, 0.9),
    max: quantile(samples, 1),
  };
}

/**
 * The order in which subjects are measured, `rounds` times each: round by round, so that what changes on the machine
 * meets all of them, and each round begins with another subject, so that none always follows the same one.
 */
export function interleave<Subject>(subjects: readonly Subject[], rounds: number): Subject[] {
  return Array.from({ length: rounds }, (_, round) => {
    const first = round % Math.max(1, subjects.length);
    return [...subjects.slice(first), ...subjects.slice(0, first)];
  }).flat();
}
