import type { KeptCopy } from '../cloud/cloud-entry.ts';
import { refused } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import { ProviderError } from '../machine-provider.ts';
import type { DaytonaApi } from './daytona-api.ts';
import type { DaytonaFacts } from './daytona-facts.ts';
import type { Sandbox, Snapshot } from './sandbox.ts';

/** So many copies of one machine are kept; the newest may be of a machine that was sick already. */
const KEPT_COPIES = 3;
/** A snapshot that was ordered may take so long to show up. */
const APPEARS_WITHIN_MS = 60_000;

/** Orders a snapshot of the sandbox, if an earlier try has not. */
export async function beginCopy(
  api: DaytonaApi,
  work: Work<DaytonaFacts>,
  sandbox: Sandbox | null,
): Promise<void> {
  if (sandbox === null) throw refused('MACHINE_NOT_FOUND', 'There is no such machine at Daytona');
  const name = copyName(work);
  if (work.doing.step !== '' && (await api.snapshot(name)) !== null) return;
  work.sending('snapshot');
  await api.takeSnapshot(work.machineId, name);
}

/** Looks whether the snapshot is complete. */
export async function watchCopy(
  api: DaytonaApi,
  work: Work<DaytonaFacts>,
  sandbox: Sandbox | null,
): Promise<void> {
  const snapshot = await api.snapshot(copyName(work));
  if (snapshot === null) {
    if (sandbox?.state !== 'snapshotting' && work.ageMs > APPEARS_WITHIN_MS)
      work.fail('PROVIDER_FAILED', 'Daytona has no snapshot although it was asked for one');
    return;
  }
  if (snapshot.state === 'error' || snapshot.state === 'build_failed')
    return work.fail(
      'PROVIDER_FAILED',
      `Daytona made no snapshot: ${snapshot.errorReason ?? snapshot.state}`,
    );
  if (snapshot.state !== 'active') return;
  work.keepCopies([copyOf(work, snapshot), ...work.entry.copies]);
  work.done();
  await removeSurplus(api, work);
}

function copyOf(work: Work<DaytonaFacts>, { id, name }: Snapshot): KeptCopy {
  return {
    copyId: name,
    machineId: work.machineId,
    takenAt: work.doing.operation.startedAt,
    bytes: null,
    sha256: null,
    providerId: id,
  };
}

/** One that cannot be removed now stays in the list, and is removed after a later copy; it does not keep the others. */
async function removeSurplus(api: DaytonaApi, work: Work<DaytonaFacts>): Promise<void> {
  for (const { providerId } of work.entry.copies.slice(KEPT_COPIES)) {
    try {
      await api.removeSnapshot(providerId);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.retryable) return;
      continue;
    }
    work.keepCopies(work.entry.copies.filter((copy) => copy.providerId !== providerId));
  }
}

/** Snapshots of an organization share one space of names. */
function copyName(work: Work<DaytonaFacts>): string {
  return `${work.machineId}.${work.doing.operation.action.sequence}.${(work.facts.mark ?? '').slice(0, 8)}`;
}
