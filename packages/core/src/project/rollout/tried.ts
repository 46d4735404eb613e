/** Which machines were brought away from quarantined versions, or tried to be: that is done once for each. */
import type { VersionSet } from '@fettle/contract';
import { sameVersions } from '../../machine/ledger.ts';
import { runnersOf } from '../slot-state.ts';
import { update, type ProjectTurn } from '../turn.ts';

/** These machines were brought away, or it was tried. */
export function markTried(turn: ProjectTurn, awayFrom: VersionSet | null, machineIds: string[]): void {
  const present = new Set(turn.record.told.map(({ machineId }) => machineId));
  update(turn, {
    quarantines: turn.record.quarantines.map((one) =>
      sameVersions(one.versions, awayFrom)
        ? { ...one, tried: [...new Set([...one.tried.filter((id) => present.has(id)), ...machineIds])] }
        : one,
    ),
  });
}

/** Machines that still run these versions stay, until a person decides otherwise. */
export function leaveAlone(turn: ProjectTurn, awayFrom: VersionSet | null): void {
  if (awayFrom === null) return;
  markTried(
    turn,
    awayFrom,
    runnersOf(turn.record, awayFrom).map(({ told }) => told.machineId),
  );
}
