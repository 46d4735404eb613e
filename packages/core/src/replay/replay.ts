/** What another policy would have done with a machine's recorded past. */
import type { Policy } from '@fettle/contract';
import { firstLook } from './beginning.ts';
import { agreementOf, divergedAt, sideBySide, type Agreement, type Row } from './compare.ts';
import type { Recording } from './recording.ts';
import { walk } from './walk.ts';
import { countRun, type RunCounts } from './run.ts';

export type Replay = {
  /** From the first to the last look that was judged; `null` when the recording has no calm look to begin at. */
  span: { from: number; to: number } | null;
  /** Looks at the beginning that were left out, because something was under way that only the record knew. */
  leftOut: number;
  /** Whether the recorded policy, replayed, decides what really happened. What it does not, no replay tells. */
  agreement: Agreement;
  /** Left what the recorded policy decides, right what the other one does. */
  rows: Row[];
  /** Where the two first differ in what they do to the machine; `null` when they never do. */
  divergedAt: number | null;
  /** Looks that the other policy would not have made. */
  passedOver: number;
  counts: { recorded: RunCounts; other: RunCounts };
};

/** Replays a recording under the policy it was made with, and under another one. Sends nothing, stores nothing. */
export function replay(recording: Recording, other: Policy): Replay {
  const baseline = walk(recording, recording.policy);
  const changed = walk(recording, other);
  const [first] = baseline.looks;
  const last = baseline.looks.at(-1);
  const begin = firstLook(recording);
  return {
    span: first === undefined || last === undefined ? null : { from: first.at, to: last.at },
    leftOut: begin === -1 ? recording.snapshots.length : begin,
    agreement: agreementOf(recording, baseline),
    rows: sideBySide(baseline, changed),
    divergedAt: divergedAt(baseline, changed),
    passedOver: changed.passedOver,
    counts: { recorded: countRun(baseline), other: countRun(changed) },
  };
}
