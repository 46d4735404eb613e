/** What the journal keeps of one machine at Daytona. */
export type DaytonaFacts = {
  /** The sandbox with this label is ours; `null` before a first create. */
  mark: string | null;
  /** Whether the sandbox is known to have been made. */
  created: boolean;
  /** Daytona's id of it. */
  sandboxId: string | null;
  /** Token that the machine waits for, until it was put into the sandbox; the one secret that a journal ever holds. */
  bootstrap: string | null;
  /** Ports by name. */
  ports: Record<string, number>;
  /** Whether it ran when it was last looked at. */
  runs: boolean;
  /** Runs that were seen: Daytona does not number them. */
  run: number;
  /** When the present run was first seen, by our clock. */
  runSince: number | null;
};

export const NO_DAYTONA_FACTS: DaytonaFacts = {
  mark: null,
  created: false,
  sandboxId: null,
  bootstrap: null,
  ports: {},
  runs: false,
  run: 0,
  runSince: null,
};
