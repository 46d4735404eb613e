import type { EvidenceBundle } from '@fettle/contract';
import { log } from '../log.ts';
import type { RecordKeeper } from '../machine/record-keeper.ts';
import { ProviderError, type MachineProvider } from '../providers/machine-provider.ts';
import { withDeadline } from '../with-deadline.ts';
import { collectEvidence, type EvidenceAction } from './collect-evidence.ts';
import { EvidenceStore } from './evidence-store.ts';

/** What of the past goes into a bundle. */
const SNAPSHOTS = 50;
const EVENTS = 200;
/** Bundles that one machine has at most: the newest. Three to an incident, this is more than twenty of these. */
const MOST_BUNDLES = 64;
/** What is left at least for a repeat: its time runs from when it was first asked for, as recovery waits from then on. */
const LEAST_MS = 1000;
/** How long the removal of an old bundle may take, in milliseconds. */
const REMOVE_MS = 2000;

/** The evidence of one machine: bundles in the bucket, and the list of them in its object. */
export class EvidenceDesk {
  private readonly keeper: RecordKeeper;
  private readonly bucket: R2Bucket | undefined;

  constructor(keeper: RecordKeeper, bucket: R2Bucket | undefined) {
    this.keeper = keeper;
    this.bucket = bucket;
  }

  /** Collects a bundle and lists it. Rejects when there is no bucket. */
  async collect(action: EvidenceAction, provider: MachineProvider): Promise<EvidenceBundle> {
    const kept = this.keeper.get();
    if (this.bucket === undefined || kept === null)
      throw new ProviderError('UNSUPPORTED', 'Evidence is kept nowhere: no bucket is bound as EVIDENCE');
    const store = new EvidenceStore(this.bucket);
    const now = Date.now();
    const bundle = await collectEvidence({
      action,
      machineId: kept.record.identity.machineId,
      provider,
      store,
      snapshots: this.keeper.snapshots({ limit: SNAPSHOTS }),
      events: this.keeper.store.events({ limit: EVENTS }),
      lastCopy: kept.record.copy.last,
      timeoutMs: Math.max(LEAST_MS, action.createdAt + kept.policy.evidence.timeoutMs - now),
      now,
    });
    for (const old of this.keeper.store.saveEvidence(bundle, MOST_BUNDLES)) await forget(store, old);
    return bundle;
  }

  /** The newest first. */
  list(): EvidenceBundle[] {
    return this.keeper.store.evidence();
  }

  /** Whether the machine may store parts of this bundle: while it is being collected, and no longer. */
  expects(id: string): boolean {
    const pending = this.keeper.get()?.record.pending;
    return pending?.do === 'collect-evidence' && String(pending.ref.sequence) === id;
  }
}

/** Never throws: what is not listed any more may stay in the bucket. */
async function forget(store: EvidenceStore, bundle: EvidenceBundle): Promise<void> {
  try {
    await withDeadline(store.remove(bundle), REMOVE_MS);
  } catch (error) {
    log.warn(`evidence ${bundle.id} of ${bundle.machineId} could not be removed`, error);
  }
}
