/**
 * When versions are to blame, and not the machines that run them: several got sick soon after they had come to the same
 * versions, and those that run others did not. Every slot has a weight of one, whatever its machine says of itself.
 */
import type { Policy, VersionSet } from '@fettle/contract';
import { sameVersions } from '../machine/ledger.ts';
import type { ProjectRecord, Sickness, ToldMachine } from './record.ts';
import { isQuarantined, runnersOf, toldOf } from './slot-state.ts';
import { wayBack } from './way-back.ts';

type Blame = Policy['blame'];

/** A sickness is remembered for so long: a version that hurt somebody yesterday is no news when it hurts again. */
const MEMORY_MS = 24 * 3_600_000;
const MOST_REMEMBERED = 500;

/** One machine is never enough, whatever share it is. */
const LEAST_SICK = 2;

/**
 * Machines of the versions must be sick more than so many times as often as the others. What makes everything sick
 * alike is not the version.
 */
const TIMES_AS_SICK = 2;

/** Versions that are to blame, with the slots that got sick and those that run it or did. */
export type Blamed = { versions: VersionSet; sick: Sickness[]; of: number };

/** Whether the open incident of a machine came soon after its versions. One that is gone has another trouble. */
export function isArrivalSick(told: ToldMachine, { withinMs }: Blame): boolean {
  const { versions, versionsSince, incidentAt, gone } = told;
  if (versions === null || versionsSince === null || incidentAt === null || gone) return false;
  return withinMs > 0 && incidentAt >= versionsSince && incidentAt - versionsSince <= withinMs;
}

/**
 * What is remembered after a machine's word: an incident soon after its versions came is added, once; what it was sick
 * with is forgotten once it was well with it for the bake time.
 */
export function rememberSickness(
  record: Pick<ProjectRecord, 'sickened' | 'policy'>,
  { slot, told, now }: { slot: string; told: ToldMachine; now: number },
): Sickness[] {
  const { policy, sickened } = record;
  const kept = sickened.filter((one) => now - one.at < MEMORY_MS && !hasWithstood(one, told, policy, now));
  const { machineId, versions, incidentAt: at } = told;
  if (versions === null || at === null || !isArrivalSick(told, policy.blame)) return kept;
  const isKnown = kept.some(
    (one) => one.machineId === machineId && one.at === at && sameVersions(one.versions, versions),
  );
  return isKnown
    ? kept
    : [...kept, { versions, slot, machineId, at, isForgiven: false }].slice(-MOST_REMEMBERED);
}

/** The same machine with the same versions has been well for as long as it takes to prove them. */
function hasWithstood(one: Sickness, told: ToldMachine, { bakeMs }: Policy, now: number): boolean {
  if (one.machineId !== told.machineId || !sameVersions(one.versions, told.versions)) return false;
  return told.incidentAt === null && told.healthySince !== null && now - told.healthySince >= bakeMs;
}

/**
 * Every version set that is to blame now and is not quarantined yet. None is blamed as long as no machine that runs it
 * has anything else to go to: several machines of a young fleet may get sick for reasons of their own.
 */
export function blamedVersions(record: ProjectRecord): Blamed[] {
  const suspects = record.sickened.filter(
    ({ versions, isForgiven }, index, all) =>
      !isForgiven &&
      !isQuarantined(record, versions) &&
      all.findIndex((one) => !one.isForgiven && sameVersions(one.versions, versions)) === index,
  );
  return suspects.flatMap(({ versions }) => {
    const sick = bySlot(
      record.sickened.filter((one) => !one.isForgiven && sameVersions(one.versions, versions)),
    );
    const runners = runnersOf(record, versions).map(({ slot }) => slot);
    const touched = [...new Set([...runners, ...sick.map(({ slot }) => slot)])];
    const of = touched.length;
    // A fleet that knows nothing else would only lose what its new machines start with.
    if (touched.every((slot) => wayBack(record, slot, versions) === null)) return [];
    const { machines, share } = record.policy.blame;
    const isEnough = sick.length >= machines || (sick.length >= LEAST_SICK && sick.length >= share * of);
    if (!isEnough || sick.length / of <= TIMES_AS_SICK * sickShareOfOthers(record, versions)) return [];
    return [{ versions, sick, of }];
  });
}

/** The newest of each slot. */
function bySlot(sick: Sickness[]): Sickness[] {
  return [...new Map(sick.map((one) => [one.slot, one])).values()];
}

/** Of the slots that run other versions, and did not just get sick with those, the share that is sick. */
function sickShareOfOthers(record: ProjectRecord, versions: VersionSet): number {
  const others = record.slots.flatMap(({ slot }) => {
    const told = toldOf(record, slot);
    if (told === undefined || told.versions === null || sameVersions(told.versions, versions)) return [];
    return isArrivalSick(told, record.policy.blame) ? [] : [told];
  });
  if (others.length === 0) return 0;
  return others.filter(({ incidentAt }) => incidentAt !== null).length / others.length;
}
