/** Which version sets work on this machine. A set is good only after it was healthy for the bake time. */
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

/** The ledger after one check of a machine that runs `versions`. A check that could not tell changes no verdict. */
export function recordCheck(input: {
  ledger: LedgerEntry[];
  versions: VersionSet;
  healthy: boolean | null;
  now: number;
  bakeMs: number;
}): LedgerEntry[] {
  const { ledger, versions, healthy, now, bakeMs } = input;
  const known = ledger.find((entry) => sameVersions(entry.versions, versions));
  if (known !== undefined && ledger.length === 1) return [observe(known, healthy, now, bakeMs)];
  const entry = known ?? newEntry(versions, now);
  // A set that no longer runs is no longer baking.
  const rest = interruptBaking(ledger.filter((other) => other !== known));
  return [...bounded(rest), observe(entry, healthy, now, bakeMs)];
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

function observe(entry: LedgerEntry, healthy: boolean | null, now: number, bakeMs: number): LedgerEntry {
  const seen = { ...entry, lastSeenAt: now };
  if (healthy === null) return seen;
  if (!healthy) return { ...seen, healthySince: null, failedChecks: entry.failedChecks + 1 };
  const healthySince = entry.healthySince ?? now;
  const baked = now - healthySince >= bakeMs;
  const good = { ...seen, healthySince, healthyChecks: entry.healthyChecks + 1 };
  if (!baked) return good;
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

/** The newest set that worked here with the same image and is not the present one; `null` when there is none. */
export function rollbackTarget(ledger: LedgerEntry[], current: VersionSet | null): VersionSet | null {
  const candidates = ledger.filter(
    (entry) =>
      entry.state === 'works' &&
      !sameVersions(entry.versions, current) &&
      (current === null || entry.versions.image === current.image),
  );
  return newest(candidates)?.versions ?? null;
}

/** The newest set that worked here at all, the present one included: what a replacement is given. */
export function lastWorking(ledger: LedgerEntry[]): VersionSet | null {
  return newest(ledger.filter((entry) => entry.state === 'works'))?.versions ?? null;
}

function newest(entries: LedgerEntry[]): LedgerEntry | undefined {
  return entries.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)[0];
}

/** Marks a set that a rollback away from it has healed. It is no rollback target unless it bakes anew. */
export function markBroken(ledger: LedgerEntry[], versions: VersionSet): LedgerEntry[] {
  return ledger.map((entry) =>
    sameVersions(entry.versions, versions)
      ? { ...entry, state: 'broken' as const, healthySince: null }
      : entry,
  );
}
