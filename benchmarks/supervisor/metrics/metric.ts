import type { Measured } from '../../row.ts';
import type { Bench } from '../bench.ts';

/** One thing that is measured of every supervisor. */
export type Metric = {
  /** What `--only` takes. */
  name: string;
  /** One line for people. */
  about: string;
  /** Rounds when nothing else is asked for. */
  rounds: number;
  measure: (bench: Bench, rounds: number) => Promise<Measured[]>;
};
