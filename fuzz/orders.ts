import type { TargetModule } from './targets.ts';

/** What a thread is told to do. */
export type Order = {
  name: string;
  module: TargetModule;
  seed: number;
  values: number;
  /** Leads to one input among those of the seed; `null`: all of them. */
  path: string | null;
};

/** What it tells back. */
export type Told =
  | { kind: 'alive'; checked: number }
  | { kind: 'passed'; checked: number }
  | { kind: 'failed'; checked: number; path: string; input: string; error: string };
