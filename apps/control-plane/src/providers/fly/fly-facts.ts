/** What the journal keeps of one machine at Fly. */
export type FlyFacts = {
  /** The machine with this metadata is ours, and the volume named after it; `null` before a first create. */
  mark: string | null;
  /** Fly's id of the machine; `null` while none is known to have been made. */
  flyId: string | null;
  volumeId: string | null;
  /** Whether a volume was asked for: one may be there whose answer was lost. */
  volumeAsked: boolean;
  volumeGb: number | null;
  region: string | null;
  /** Ports by name. */
  ports: Record<string, number>;
  /** Of the lease that the operation has. */
  nonce: string | null;
  /** The run that a restart is to end. */
  runBefore: string | null;
  /** Snapshots that were there before a copy was asked for: Fly does not tell the id of a new one. */
  snapshotsBefore: string[];
};

export const NO_FLY_FACTS: FlyFacts = {
  mark: null,
  flyId: null,
  volumeId: null,
  volumeAsked: false,
  volumeGb: null,
  region: null,
  ports: {},
  nonce: null,
  runBefore: null,
  snapshotsBefore: [],
};
