/** What a machine knows of versions from its project: what others have proven, and what must not be used. */
import type { VersionSet } from '@fettle/contract';

/** Versions that were proven, and when a machine was last seen well with them. */
export type Proven = { versions: VersionSet; lastSeenAt: number };

export type FleetVersions = {
  /** Grows with every word of the project: calls can overtake each other, and the last word counts. */
  word: number;
  /** Proven by machines of this slot, the newest first. */
  slot: Proven[];
  /** Proven by machines of other slots, the newest first. */
  project: Proven[];
  /** Never a rollback target, and never counted as known to work. */
  quarantined: VersionSet[];
  /** Why this slot stays on what it runs; `null` when it need not. */
  pinned: string | null;
};

/** What a machine knows before its project has told it anything. */
export const NO_FLEET_VERSIONS: FleetVersions = {
  word: 0,
  slot: [],
  project: [],
  quarantined: [],
  pinned: null,
};
