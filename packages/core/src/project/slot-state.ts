/** What a slot's machine runs, and whether it can be changed now. */
import type { VersionSet } from '@fettle/contract';
import { sameVersions } from '../machine/ledger.ts';
import type { ProjectRecord, Slot, ToldMachine } from './record.ts';

type State = Pick<ProjectRecord, 'slots' | 'told' | 'plans' | 'pins' | 'quarantines'>;

export function slotNamed({ slots }: Pick<State, 'slots'>, name: string): Slot | undefined {
  return slots.find((one) => one.slot === name);
}

/** What the newest machine of a slot has last told; `undefined` when it has told nothing yet. */
export function toldOf(
  { slots, told }: Pick<State, 'slots' | 'told'>,
  name: string,
): ToldMachine | undefined {
  const newest = slotNamed({ slots }, name)?.machines[0];
  return told.find((one) => one.machineId === newest);
}

/** The slots whose newest machine runs exactly these versions, each with what it has told. */
export function runnersOf(
  record: Pick<State, 'slots' | 'told'>,
  versions: VersionSet,
): { slot: string; told: ToldMachine }[] {
  return record.slots.flatMap(({ slot }) => {
    const told = toldOf(record, slot);
    return told !== undefined && sameVersions(told.versions, versions) ? [{ slot, told }] : [];
  });
}

/** Why the machine of a slot is in no state to be changed; `null` when it is well. */
export function unfitness(record: State, name: string): string | null {
  const slot = slotNamed(record, name);
  const told = toldOf(record, name);
  const plan = record.plans.find((one) => one.slot === name);
  if (plan !== undefined) return plan.kind === 'fill' ? 'it has no machine yet' : 'it is being substituted';
  if (slot === undefined || slot.machineId === null) return 'it has no machine';
  if (isHalted(slot)) return 'it was stopped';
  if (told === undefined) return 'its machine has told nothing yet';
  if (told.sick || told.incidentAt !== null) return 'it is sick';
  if (told.versions === null) return 'it is not known what it runs';
  return told.healthySince === null ? 'it is not healthy yet' : null;
}

/** A person has stopped the machine, or is about to. */
export function isHalted({ phase }: Slot): boolean {
  return phase === 'stopped' || phase === 'stopping';
}

/** Why a slot stays on what it runs; `null` when it need not. */
export function pinOf({ pins }: Pick<State, 'pins'>, slot: string): string | null {
  return pins.find((one) => one.slot === slot)?.reason ?? null;
}

export function isQuarantined(
  { quarantines }: Pick<State, 'quarantines'>,
  versions: VersionSet | null,
): boolean {
  return quarantines.some((one) => sameVersions(one.versions, versions));
}
