/** Which versions a machine is brought to when those that it runs are to blame. */
import { CAPABILITIES, type VersionSet } from '@fettle/contract';
import { sameVersions } from '../machine/ledger.ts';
import type { ProjectRecord } from './record.ts';
import { isQuarantined } from './slot-state.ts';

/**
 * The newest versions with the same image that the slot has proven, else that the project has; else, where the type of
 * machine can be given another image, the newest with another one. Never quarantined ones; `null` when there are none.
 */
export function wayBack(record: ProjectRecord, slot: string, from: VersionSet): VersionSet | null {
  const fit = record.proven.filter(
    ({ versions }) => !isQuarantined(record, versions) && !sameVersions(versions, from),
  );
  const alike = fit.filter(({ versions }) => versions.image === from.image);
  const others = CAPABILITIES[record.template.type].rebuild ? fit : [];
  const found =
    alike.find(({ slots }) => slots.includes(slot)) ??
    alike[0] ??
    others.find(({ slots }) => slots.includes(slot)) ??
    others[0];
  return found?.versions ?? null;
}
