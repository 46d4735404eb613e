/** Nothing is done for a person that could not be put on record. */
import type { MachineRecord } from './record.ts';

export type AuditRefusal = { code: 'CONFLICT'; message: string };

/** So many entries may wait for a project that does not answer; then nothing is done that could not be told. */
const MOST_WAITING = 64;

/** Why a person's wish cannot be told to the audit log, and must not be done; `null` when it can. */
export function auditRefusal({ outbox }: Pick<MachineRecord, 'outbox'>): AuditRefusal | null {
  const waiting = outbox.filter(({ message }) => message.kind === 'audited').length;
  if (waiting < MOST_WAITING) return null;
  const message = `${waiting} entries wait for the audit log of the project, which does not take them now`;
  return { code: 'CONFLICT', message };
}
