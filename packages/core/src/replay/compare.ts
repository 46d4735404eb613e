/** Compares what one policy decides with what really happened, and with what another policy decides. */
import type { TimelineEvent } from '@fettle/contract';
import { firstLook } from './beginning.ts';
import { looksOf, type Recording } from './recording.ts';
import { headOf, isDecision, type Effect, type Run } from './run.ts';

/** What two sides decided at one look; `null` where a side decided nothing. */
export type Row = { at: number; left: string | null; right: string | null };

/** Whether a replay under the recorded policy decides what was really decided. */
export type Agreement = {
  /** Decisions that both made. */
  agreed: number;
  /** The rest: left as recorded, right as replayed. */
  disagreements: Row[];
};

/**
 * Recorded and replayed decisions belong together when they say the same at the same look. What was really decided just
 * before a look, in the same run of the alarm, the replay decides with that look.
 */
export function agreementOf(recording: Recording, baseline: Run): Agreement {
  const begin = firstLook(recording);
  const looks = begin === -1 ? [] : looksOf(recording).slice(begin);
  const times = looks.map(({ snapshot }) => snapshot.at);
  const from = times[0] ?? Infinity;
  const recorded = recording.events.filter((event) => event.at >= from && isDecision(event));
  const rows = pair(recorded, baseline.decisions, (left, right) => {
    const before = times.findLast((at) => at <= left.at);
    const after = times.find((at) => at >= left.at);
    return right.at === left.at || right.at === before || right.at === after;
  });
  return { agreed: rows.filter(isSame).length, disagreements: rows.filter((row) => !isSame(row)) };
}

/** What the recorded policy and the other one decide, side by side in the order of time. */
export function sideBySide(baseline: Run, other: Run): Row[] {
  return pair(baseline.decisions, other.decisions, (left, right) => left.at === right.at);
}

/**
 * The first moment at which one of the policies acts on the machine and the other does not, `null` when they never
 * differ in that. From there on the machine would have been in another state than the recording shows.
 */
export function divergedAt(baseline: Run, other: Run): number | null {
  const key = ({ at, what }: Effect): string => `${at} ${what}`;
  const ours = new Set(baseline.effects.map(key));
  const theirs = new Set(other.effects.map(key));
  const apart = [
    ...baseline.effects.filter((effect) => !theirs.has(key(effect))),
    ...other.effects.filter((effect) => !ours.has(key(effect))),
  ].map(({ at }) => at);
  return apart.length === 0 ? null : Math.min(...apart);
}

function pair(
  left: TimelineEvent[],
  right: TimelineEvent[],
  isTogether: (left: TimelineEvent, right: TimelineEvent) => boolean,
): Row[] {
  const rest = [...right];
  const rows: Row[] = left.map((event) => {
    const index = rest.findIndex((one) => headOf(one) === headOf(event) && isTogether(event, one));
    const [match] = index === -1 ? [] : rest.splice(index, 1);
    return { at: event.at, left: event.message, right: match?.message ?? null };
  });
  const alone = rest.map(({ at, message }): Row => ({ at, left: null, right: message }));
  return [...rows, ...alone].toSorted((a, b) => a.at - b.at);
}

/** Whether both sides decided it. */
export function isSame({ left, right }: Row): boolean {
  return left !== null && right !== null;
}
