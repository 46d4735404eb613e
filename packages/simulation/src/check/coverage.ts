import { Tally } from './judgement.ts';
import { Probes } from './probes.ts';
import { TransitionPairs } from './transitions.ts';

/** What many runs have seen together. */
export class Coverage {
  readonly probes = new Probes();
  readonly pairs = new TransitionPairs();
  readonly tally = new Tally();
}
