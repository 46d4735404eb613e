import type { Origin } from '@fettle/contract';
import { auditRefusal, auditText } from '@fettle/core';
import { refusal } from '../result.ts';
import type { RecordKeeper } from './record-keeper.ts';

/** What somebody does with a machine that changes nothing of its record. */
export type Done = { action: string; what: unknown; by: Origin };

/** Tells the audit log what is about to be done. Says why not when it cannot be told: then it must not be done. */
export async function putOnRecord(
  keeper: RecordKeeper,
  { action, what, by: { actor, requestId } }: Done,
): Promise<ReturnType<typeof refusal> | null> {
  const kept = keeper.get();
  if (kept === null) return refusal('MACHINE_NOT_FOUND', 'There is no such machine');
  const refused = auditRefusal(kept.record);
  if (refused !== null) return refusal(refused.code, refused.message);
  const { machineId: subject } = kept.record.identity;
  const entry = { at: Date.now(), actor, action, subject, before: null, after: auditText(what), requestId };
  await keeper.take({ type: 'audited', entry });
  return null;
}
