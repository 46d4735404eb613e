/** Which versions a machine is brought back to when those that it runs do not work, and what a replacement gets. */
import { CAPABILITIES, type LedgerEntry, type VersionRefs, type VersionSet } from '@fettle/contract';
import type { FleetVersions, Proven } from './fleet-versions.ts';
import { isProven, sameVersions } from './ledger.ts';
import type { MachineRecord } from './record.ts';

/** `image-fixed`: what is known to work has another image, and machines of this type keep theirs. */
export type RollbackTarget =
  | { kind: 'same-image' | 'another-image' | 'image-fixed'; versions: VersionSet }
  | { kind: 'none' };

/** Whether these very versions must not be used any more. */
export function isQuarantined({ quarantined }: FleetVersions, versions: VersionSet | null): boolean {
  return quarantined.some((one) => sameVersions(one, versions));
}

/** Whether what the machine runs was proven on it, and nobody has found since that it must not be used. */
export function isKnownGood({ ledger, versions, fleet }: MachineRecord): boolean {
  return isProven(ledger, versions) && !isQuarantined(fleet, versions);
}

/**
 * The newest proven versions that the machine does not run: of this machine or its slot, with the same image; else of
 * the project, with the same image; else of any of them, with another image. Never what is quarantined, or what a
 * rollback on this machine has shown to be broken.
 */
export function rollbackTarget(record: MachineRecord): RollbackTarget {
  const { versions: present, inspection, initialImage, identity } = record;
  const image = present?.image ?? inspection?.image ?? initialImage;
  if (image === null) return { kind: 'none' };
  const other = (one: Proven): boolean => !sameVersions(one.versions, present);
  const ours = usable(record, provenHere(record)).filter(other);
  const theirs = usable(record, record.fleet.project).filter(other);
  const withImage = (one: Proven): boolean => one.versions.image === image;
  const same = newest(ours.filter(withImage)) ?? newest(theirs.filter(withImage));
  if (same !== null) return { kind: 'same-image', versions: same };
  const another = newest([...ours, ...theirs]);
  if (another === null) return { kind: 'none' };
  return { kind: CAPABILITIES[identity.type].rebuild ? 'another-image' : 'image-fixed', versions: another };
}

/** The newest versions that worked on this machine or in its slot, the present ones included. */
export function lastWorking(record: MachineRecord): VersionSet | null {
  return newest(usable(record, provenHere(record)));
}

/**
 * What a replacement is to run. In a pinned slot what this machine ran; else the newest that worked here; else the newest
 * that the project knows to work; else what this machine was to run at first.
 */
export function replacementFor(record: MachineRecord): { versions: VersionRefs; image: string | null } {
  const { fleet, versions, initialVersions, initialImage } = record;
  const kept = fleet.pinned === null ? null : versions;
  const given = kept ?? lastWorking(record) ?? newest(usable(record, fleet.project));
  if (given === null) return { versions: initialVersions, image: initialImage };
  return { versions: refsOf(given), image: given.image };
}

/** The commits of a version set, as refs. */
export function refsOf({ platform, customer }: VersionSet): VersionRefs {
  return { platform, customer };
}

function provenHere({ ledger, fleet }: MachineRecord): Proven[] {
  return [...ledger.filter(({ state }) => state === 'works'), ...fleet.slot];
}

function usable({ ledger, fleet }: MachineRecord, proven: Proven[]): Proven[] {
  return proven.filter(({ versions }) => !isQuarantined(fleet, versions) && !isBroken(ledger, versions));
}

function isBroken(ledger: LedgerEntry[], versions: VersionSet): boolean {
  return ledger.some((entry) => entry.state === 'broken' && sameVersions(entry.versions, versions));
}

function newest(proven: Proven[]): VersionSet | null {
  return proven.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)[0]?.versions ?? null;
}
