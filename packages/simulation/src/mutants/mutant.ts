/** A bug that is put into the code on purpose, to see whether anybody would notice. */

/** Who has to find it, and within what. */
export type Hunt =
  /** One of the explorer's configurations, in its first states. */
  | { by: 'explorer'; configuration: string; mostStates: number }
  /** The simulator's worlds of these seeds, each with so many machines. */
  | { by: 'simulator'; seeds: number; machines: number };

export type Mutant = {
  name: string;
  /** Below packages/. */
  file: string;
  /** Occurs exactly once in the file; otherwise the mutants are out of date, and the run says so. */
  text: string;
  instead: string;
  /** The written invariants that it breaks. */
  breaks: string;
  hunt: Hunt;
};

/** What came of one hunt. */
export type Catch = {
  found: boolean;
  /** The promise that spoke; what went wrong, if the hunt itself did. */
  spoke: string;
  /** States or seeds that were looked at. */
  looked: number;
};

/** The file with the bug in it. Throws when the text is not there exactly once. */
export function mutate(source: string, { name, file, text, instead }: Mutant): string {
  const times = source.split(text).length - 1;
  if (times !== 1)
    throw new Error(`${name}: expected its text once in packages/${file}, and it is there ${times} times`);
  return source.replace(text, () => instead);
}

/** In how many states or seeds it must be found, for people. */
export function limitOf(hunt: Hunt): string {
  return hunt.by === 'explorer'
    ? `${hunt.mostStates} states of ${hunt.configuration}`
    : `${hunt.seeds} seeds, ${hunt.machines} machines each`;
}

/** More than any mutant needs that the explorer is to find. */
const MOST_STATES = 40_000;

/** Found by the explorer, in this configuration. */
export function inStates(configuration: string, mostStates = MOST_STATES): Hunt {
  return { by: 'explorer', configuration, mostStates };
}

/** Enough for a crowd, few enough to be quick. */
const MACHINES = 6;

/** Found by the simulator, in the worlds of the first so many seeds. */
export function inWorlds(seeds: number, machines = MACHINES): Hunt {
  return { by: 'simulator', seeds, machines };
}
