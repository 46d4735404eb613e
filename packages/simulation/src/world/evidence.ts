/** The collecting of evidence, and the bucket that it is kept in: slow, and away, as a fault has it. */
import type { EvidenceBundle, Policy } from '@fettle/contract';
import type { MachineRecord, Outcome, PendingAction } from '@fettle/core';
import type { Caller } from '../runtime/turns.ts';
import { refusal } from './host-request.ts';
import type { World } from './world.ts';

export type EvidenceAction = Extract<PendingAction, { do: 'collect-evidence' }>;

/** Longest time that collecting takes when nothing is wrong, in ms. */
const USUAL_MS = 3000;

/** What the bucket may take after the time for evidence is over: to list what it has. */
const LIST_MS = 2000;

/** What goes wrong with the bucket while a fault lasts; shares are probabilities. */
export type BucketTrouble = { away: number; slow: number };

export const NO_BUCKET_TROUBLE: BucketTrouble = { away: 0, slow: 0 };

/** Answers with a bundle, or with why there is none. What the machine does not tell is missing, and no failure. */
export function collectEvidence(
  { timeline, random, bucket, runtime }: World,
  input: { record: MachineRecord; policy: Policy; action: EvidenceAction },
  caller: Caller<Outcome>,
): void {
  const { record, policy, action } = input;
  // Its time runs from when it was asked for, however often it is sent.
  const { timeoutMs } = policy.evidence;
  const left = Math.max(0, Math.min(timeoutMs, action.createdAt + timeoutMs - runtime.clock()));
  const isSlow = random.chance(bucket.slow);
  const isAway = random.chance(bucket.away);
  const takes = isSlow || isAway ? left + random.between(0, LIST_MS) : random.between(100, USUAL_MS);
  const outcome: Outcome = isAway
    ? refusal('PROVIDER_FAILED', 'The bucket does not answer', true)
    : { ok: true, evidence: bundleOf(record, action, timeline.now) };
  timeline.schedule(timeline.now + Math.min(takes, left + LIST_MS), answer, caller, outcome);
}

function bundleOf(
  { identity, copy }: MachineRecord,
  { ref, incident, level }: EvidenceAction,
  now: number,
): EvidenceBundle {
  return {
    id: String(ref.sequence),
    machineId: identity.machineId,
    incident,
    level,
    takenAt: now,
    parts: PARTS,
    missing: [],
    work: [],
    copyAgeMs: copy.last === null ? null : Math.max(0, now - copy.last.takenAt),
  };
}

const PARTS: EvidenceBundle['parts'] = [{ part: 'provider.json', bytes: 1 }];

function answer(caller: Caller<Outcome>, outcome: Outcome): void {
  caller.reply(outcome);
}
