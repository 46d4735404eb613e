/**
 * Looks in a row that found the same, kept as one. A healthy machine is looked at thousands of times a day, and a row
 * for each look would be the most expensive thing about watching it.
 */
import type { ResourceMetrics, Snapshot } from '@fettle/contract';
import { foundSame, type Found } from './same-look.ts';

/** What differs from look to look while nothing changes. */
export type Look = { at: number; reportedAt: number | null; resources: ResourceMetrics | null };

export type Span = {
  /** What every look of the span found. */
  found: Found;
  /** Never empty; the oldest first. */
  looks: Look[];
};

/**
 * A span is closed after so many looks, so that the record that holds it stays small: 30 looks of about 130 bytes are
 * 4 KB, and a quarter of an hour at one look in 30 s.
 */
export const MOST_LOOKS = 30;

/** Adds one look: to the open span if it found the same; else that one is closed and another begins. */
export function addLook(open: Span | null, snapshot: Snapshot): { open: Span; closed: Span | null } {
  const { at, resources } = snapshot;
  const look = { at, reportedAt: snapshot.evidence.reportedAt, resources };
  if (open !== null && open.looks.length < MOST_LOOKS && foundSame(open.found, snapshot))
    return { open: { found: open.found, looks: [...open.looks, look] }, closed: null };
  const { at: _at, resources: _resources, evidence, ...rest } = snapshot;
  const { reportedAt: _reportedAt, ...found } = evidence;
  return { open: { found: { ...rest, evidence: found }, looks: [look] }, closed: open };
}

/** One snapshot for each look, the newest first. */
export function snapshotsOf({ found, looks }: Span): Snapshot[] {
  return looks.toReversed().map(({ at, reportedAt, resources }) => ({
    ...found,
    at,
    resources,
    evidence: { ...found.evidence, reportedAt },
  }));
}
