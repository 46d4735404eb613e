/** Machines that stay on quarantined versions although they could go back: a person must decide about them. */
import type { VersionSet } from '@fettle/contract';
import { sameVersions } from '../../machine/ledger.ts';
import { runnersOf } from '../slot-state.ts';
import { update, type ProjectTurn } from '../turn.ts';

/** The machines that run these versions now stay where they are. */
export function leaveAlone(turn: ProjectTurn, versions: VersionSet | null): void {
  if (versions === null) return;
  const { record } = turn;
  const machineIds = runnersOf(record, versions).map(({ told }) => told.machineId);
  update(turn, {
    quarantines: record.quarantines.map((one) =>
      sameVersions(one.versions, versions) ? { ...one, leftAlone: machineIds } : one,
    ),
  });
}
