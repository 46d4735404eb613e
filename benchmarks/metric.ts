import type { Measured } from './row.ts';

/** One thing that a suite measures, with what the suite holds ready for it. */
export type Metric<Bench> = {
  /** What `--only` takes. */
  name: string;
  /** One line for people. */
  about: string;
  /** Rounds when nothing else is asked for. */
  rounds: number;
  measure: (bench: Bench, rounds: number) => Promise<Measured[]>;
};
