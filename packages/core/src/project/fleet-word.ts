/** What every machine is told of versions: what others have proven, what is quarantined, and whether it is pinned. */
import type { FleetVersions, Proven } from '../machine/fleet-versions.ts';
import type { ProjectRecord } from './record.ts';
import { isQuarantined, pinOf } from './slot-state.ts';
import { send, update, type ProjectTurn } from './turn.ts';

/** What a machine is to know of versions. The word grows whenever it changes for any machine. */
export function fleetVersionsOf(record: ProjectRecord, machineId: string): FleetVersions {
  const slot = slotOf(record, machineId);
  const usable = record.proven.filter(({ versions }) => !isQuarantined(record, versions));
  const told = (isOwn: boolean): Proven[] =>
    usable
      .filter(({ slots }) => (slot !== null && slots.includes(slot)) === isOwn)
      .map(({ versions, lastSeenAt }) => ({ versions, lastSeenAt }));
  return {
    word: record.fleetWord,
    slot: told(true),
    project: told(false),
    quarantined: record.quarantines.map(({ versions }) => versions),
    pinned: slot === null ? null : pinOf(record, slot),
  };
}

/** Tells the machines for which it has changed since `before`. Those that are not provisioned yet are told after that. */
export function tellFleet(turn: ProjectTurn, before: ProjectRecord): void {
  const { record } = turn;
  const { proven, quarantines, pins } = record;
  // Most events touch none of it, and the texts cost more than all the rest of a decision.
  if (proven === before.proven && quarantines === before.quarantines && pins === before.pins) return;
  if (signature(record) === signature(before)) return;
  const unborn = record.pending.flatMap((one) => (one.do === 'provision' ? [one.identity.machineId] : []));
  const newest = record.slots.flatMap(({ machines }) => machines.slice(0, 1));
  const changed = newest.filter(
    (machineId) =>
      !unborn.includes(machineId) && contentFor(record, machineId) !== contentFor(before, machineId),
  );
  update(turn, { fleetWord: record.fleetWord + 1 });
  for (const machineId of changed) tell(turn, machineId);
}

/** A machine has just been provisioned, and knows nothing. */
export function tellNewMachine(turn: ProjectTurn, machineId: string): void {
  const { slot, project, quarantined, pinned } = fleetVersionsOf(turn.record, machineId);
  if (slot.length + project.length + quarantined.length > 0 || pinned !== null) tell(turn, machineId);
}

/** Whether a machine may not have heard the last word yet. */
export function isUntold({ pending }: Pick<ProjectRecord, 'pending'>, machineId: string): boolean {
  return pending.some((action) => action.do === 'tell-fleet' && action.machineId === machineId);
}

/** The word is read when it is sent: one that is on its way is replaced, and its answer says nothing of this one. */
function tell(turn: ProjectTurn, machineId: string): void {
  const pending = turn.record.pending.filter(
    (action) => action.do !== 'tell-fleet' || action.machineId !== machineId,
  );
  update(turn, { pending });
  send(turn, { do: 'tell-fleet', machineId });
}

function slotOf({ slots }: ProjectRecord, machineId: string): string | null {
  return slots.find(({ machines }) => machines.includes(machineId))?.slot ?? null;
}

/** All that any machine is told, without the times, which alone are no news. */
function signature({ proven, quarantines, pins }: ProjectRecord): string {
  return JSON.stringify([
    proven.map(({ versions, slots }) => [versions, slots]),
    quarantines.map(({ versions }) => versions),
    pins.map(({ slot, reason }) => [slot, reason]),
  ]);
}

function contentFor(record: ProjectRecord, machineId: string): string {
  const { slot, project, quarantined, pinned } = fleetVersionsOf(record, machineId);
  const sets = (list: Proven[]) => list.map(({ versions }) => versions);
  return JSON.stringify([sets(slot), sets(project), quarantined, pinned]);
}
