import type { Row } from './row.ts';

/** What a run asks of a suite. */
export type Run = {
  /** Names of metrics to measure; empty for all. */
  only: readonly string[];
  /** Rounds of every metric; undefined for its own number. */
  runs: number | undefined;
  /** A bundle of pidnap to measure; undefined to make one from the working tree. */
  pidnap?: string | undefined;
  /** Progress, for people. */
  say: (line: string) => void;
};

/** A group of metrics that are measured in one run. */
export type Suite = {
  name: string;
  /** One line for people. */
  about: string;
  metrics: readonly { name: string; about: string }[];
  /** Measures and yields the rows of each metric as soon as it has them. Cleans up also when it is left early. */
  run: (run: Run) => AsyncGenerator<Row, void, undefined>;
};
