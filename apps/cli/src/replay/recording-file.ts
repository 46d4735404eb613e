import { MachineIdentity } from '@fettle/contract/machine-spec';
import { ServiceName, Timestamp } from '@fettle/contract/ids';
import { Snapshot, TimelineEvent } from '@fettle/contract/machine-view';
import { Policy } from '@fettle/contract/policy';
import { Incident, LedgerEntry } from '@fettle/contract/recovery';
import * as v from 'valibot';

const oldestFirst = <T extends { at: number }>(all: T[]): boolean =>
  all.every(({ at }, index) => index === 0 || at >= (all[index - 1]?.at ?? 0));
const ORDER = 'expected the oldest first';

/**
 * The recorded past of one machine, as `fettle record` writes it and `fettle replay` reads it. `version` grows when a
 * reader of before could not understand it any more.
 */
export const RecordingFile = v.object({
  format: v.literal('fettle-recording', 'expected "fettle-recording": this file is something else'),
  version: v.literal(1, 'expected 1, the only version that this fettle reads'),
  recordedAt: Timestamp,
  identity: MachineIdentity,
  /** The customer's services, without the daemon. */
  services: v.array(ServiceName),
  /** The policy of the machine's project when it was recorded. */
  policy: Policy,
  /** The ledger when it was recorded. */
  ledger: v.array(LedgerEntry),
  incidents: v.array(Incident),
  /** One for each look. */
  snapshots: v.pipe(v.array(Snapshot), v.check(oldestFirst, ORDER)),
  events: v.pipe(v.array(TimelineEvent), v.check(oldestFirst, ORDER)),
});
export type RecordingFile = v.InferOutput<typeof RecordingFile>;
