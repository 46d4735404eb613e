/**
 * Which version sets work on this machine. A set is good only after it was healthy for the bake time, without a failed
 * check and without an incident.
 */
import type { LedgerEntry, VersionSet } from '@fettle/contract';

/** More sets than anybody rolls back to; the oldest unproven ones go first. */
const MOST_ENTRIES = 50;

/** Two version sets are the same when all three parts are. */
export function sameVersions(a: VersionSet | null, b: VersionSet | null): boolean {
  return (
    a !== null && b !== null && a.image === b.image && a.platform === b.platform && a.customer === b.customer
  );
}

/** A short form for people: the first seven characters of each commit. */
export function shortVersions(versions: VersionSet): string {
  return `platform ${versions.platform.slice(0, 7)}, customer ${versions.customer.slice(0, 7)}`;
}

/** A short form of an image's name for people: of a hash its first twelve digits. */
export function shortImage(image: string): string {
  const [, digits] = /^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/.exec(image) ?? [];
  return digits ?? image;
}

/** One check of a machine that runs `versions`. */
type Check = {
  versions: VersionSet;
  /** `null`: the check could not tell, which changes no verdict. */
  healthy: boolean | null;
  /** An incident is open, also one that settles: what is healthy in it proves nothing yet. */
  inIncident: boolean;
  now: number;
  bakeMs: number;
};

/** The ledger after one check. */
export function recordCheck({ ledger, ...check }: Check & { ledger: LedgerEntry[] }): LedgerEntry[] {
  const { versions, now } = check;
  const known = ledger.find((entry) => sameVersions(entry.versions, versions));
  if (known !== undefined && ledger.length === 1) return [observe(known, check)];
  const entry = known ?? newEntry(versions, now);
  // A set that no longer runs is no longer baking.
  const rest = interruptBaking(ledger.filter((other) => other !== known));
  return [...bounded(rest), observe(entry, check)];
}

/** The ledger after a time in which nobody watched, or nothing ran: baking starts anew. */
export function interruptBaking(ledger: LedgerEntry[]): LedgerEntry[] {
  if (ledger.every((entry) => entry.healthySince === null)) return ledger;
  return ledger.map((entry) => (entry.healthySince === null ? entry : { ...entry, healthySince: null }));
}

function newEntry(versions: VersionSet, now: number): LedgerEntry {
  return {
    versions,
    state: 'unproven',
    firstSeenAt: now,
    lastSeenAt: now,
    healthySince: null,
    provenAt: null,
    healthyChecks: 0,
    failedChecks: 0,
  };
}

function observe(entry: LedgerEntry, { healthy, inIncident, now, bakeMs }: Check): LedgerEntry {
  const seen = { ...entry, lastSeenAt: now };
  if (healthy === null) return inIncident ? { ...seen, healthySince: null } : seen;
  if (!healthy) return { ...seen, healthySince: null, failedChecks: entry.failedChecks + 1 };
  const healthyChecks = entry.healthyChecks + 1;
  if (inIncident) return { ...seen, healthySince: null, healthyChecks };
  const healthySince = entry.healthySince ?? now;
  const good = { ...seen, healthySince, healthyChecks };
  if (now - healthySince < bakeMs) return good;
  return { ...good, state: 'works', provenAt: entry.provenAt ?? now };
}

/** Makes room for the set that runs now, which is never the one that goes. */
function bounded(others: LedgerEntry[]): LedgerEntry[] {
  if (others.length < MOST_ENTRIES) return others;
  const spare = others.find((entry) => entry.state !== 'works') ?? others[0];
  return others.filter((entry) => entry !== spare);
}

/** Whether this very set has been proven here. */
export function isProven(ledger: LedgerEntry[], versions: VersionSet | null): boolean {
  return ledger.some((entry) => entry.state === 'works' && sameVersions(entry.versions, versions));
}

/** Marks a set that a rollback away from it has healed. It is no rollback target unless it bakes anew. */
export function markBroken(ledger: LedgerEntry[], versions: VersionSet): LedgerEntry[] {
  return ledger.map((entry) =>
    sameVersions(entry.versions, versions)
      ? { ...entry, state: 'broken' as const, healthySince: null }
      : entry,
  );
}
