/** What is known of a real machine's past: enough to decide all of it again. */
import type {
  Incident,
  LedgerEntry,
  MachineIdentity,
  Policy,
  Snapshot,
  TimelineEvent,
} from '@fettle/contract';

export type Recording = {
  identity: MachineIdentity;
  /** Names of the customer's services, without the daemon. */
  services: string[];
  /** The policy that the machine had when it was recorded. */
  policy: Policy;
  /** The ledger as it was when it was recorded. */
  ledger: LedgerEntry[];
  incidents: Incident[];
  /** One for each look, the oldest first. */
  snapshots: Snapshot[];
  /** The oldest first. */
  events: TimelineEvent[];
};

/**
 * A look of the recording between those before and after it. What was decided because of it happened until the next
 * one, and what the run of the alarm decided that made it, just before it.
 */
export type RecordedLook = {
  snapshot: Snapshot;
  /** When the look before was made; `-Infinity` for the first. */
  after: number;
  /** When the next look was made; `Infinity` for the last. */
  until: number;
};

/** The looks of a recording. */
export function looksOf({ snapshots }: Recording): RecordedLook[] {
  return snapshots.map((snapshot, index) => ({
    snapshot,
    after: snapshots[index - 1]?.at ?? -Infinity,
    until: snapshots[index + 1]?.at ?? Infinity,
  }));
}
