/**
 * Looks in a row that found the same, kept as one. A healthy machine is looked at thousands of times a day, and a row
 * for each look would be the most expensive thing about watching it.
 */
import type { ResourceMetrics, Snapshot, SnapshotEvidence } from '@fettle/contract';

/** What differs from look to look while nothing changes. */
export type Look = { at: number; reportedAt: number | null; resources: ResourceMetrics | null };

export type Span = {
  /** What every look of the span found. */
  found: Omit<Snapshot, 'at' | 'resources' | 'evidence'> & {
    evidence: Omit<SnapshotEvidence, 'reportedAt'>;
  };
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
  const { at, resources, evidence, ...rest } = snapshot;
  const { reportedAt, ...found } = evidence;
  const look = { at, reportedAt, resources };
  const span: Span = { found: { ...rest, evidence: found }, looks: [look] };
  if (open === null) return { open: span, closed: null };
  if (open.looks.length >= MOST_LOOKS || !isSame(open.found, span.found)) return { open: span, closed: open };
  return { open: { ...open, looks: [...open.looks, look] }, closed: null };
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

/** Both are plain data that the same code has built, in the same order of fields. */
function isSame(a: Span['found'], b: Span['found']): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
