/** Which versions are proven in a project: healthy for the bake time, without an incident, on one of its machines. */
import type { ProvenVersions, VersionSet } from '@fettle/contract';
import { sameVersions } from '../machine/ledger.ts';
import type { ProjectRecord, ToldMachine } from './record.ts';
import { toldOf } from './slot-state.ts';
import { update, type ProjectTurn } from './turn.ts';

/** More sets than anybody goes back to; the oldest go first. */
const MOST_PROVEN = 12;

/**
 * A machine of `slot` has told something new. What it ran well until now was seen until now, and so is what it runs well
 * from now on.
 */
export function seeProven(
  turn: ProjectTurn,
  { slot, before, after }: { slot: string; before: ToldMachine | undefined; after: ToldMachine },
): void {
  const seen = [before, after].flatMap((told) => {
    const versions = provenOn(told);
    return versions === null ? [] : [versions];
  });
  if (seen.length === 0) return;
  const proven = seen.reduce(
    (list, versions) => withSeen(list, versions, slot, turn.now),
    turn.record.proven,
  );
  update(turn, { proven: newestFirst(turn.record, proven).slice(0, MOST_PROVEN) });
}

/** The versions that a machine runs, is well with, and has proven; `null` when one of these does not hold. */
export function provenOn(told: ToldMachine | undefined): VersionSet | null {
  if (told === undefined || !told.proven || told.sick) return null;
  return told.incidentAt === null && told.healthySince !== null ? told.versions : null;
}

function withSeen(list: ProvenVersions[], versions: VersionSet, slot: string, now: number): ProvenVersions[] {
  const known = list.find((one) => sameVersions(one.versions, versions));
  if (known === undefined) return [{ versions, provenAt: now, lastSeenAt: now, slots: [slot] }, ...list];
  const slots = known.slots.includes(slot) ? known.slots : [...known.slots, slot];
  return list.map((one) => (one === known ? { ...known, lastSeenAt: now, slots } : one));
}

/** What machines are well with now is seen now, so that of two such sets the one that was proven later is the newer. */
function newestFirst(record: ProjectRecord, proven: ProvenVersions[]): ProvenVersions[] {
  if (proven.length < 2) return proven;
  const inUse = record.slots.flatMap(({ slot }) => provenOn(toldOf(record, slot)) ?? []);
  const ranked = proven.map((one) => ({
    one,
    isInUse: inUse.some((versions) => sameVersions(versions, one.versions)),
  }));
  return ranked
    .toSorted(
      (a, b) =>
        Number(b.isInUse) - Number(a.isInUse) ||
        (a.isInUse ? 0 : b.one.lastSeenAt - a.one.lastSeenAt) ||
        b.one.provenAt - a.one.provenAt,
    )
    .map(({ one }) => one);
}
