/** One turn of `decideProject`: the record as it becomes, and what is to be told about it. */
import type { AuditEntry, ErrorCode, Notice } from '@fettle/contract';
import { SYSTEM } from '../audit.ts';
import type { ProjectAction, ProjectRecord } from './record.ts';

/** Why something is not done that somebody asked for. */
export type ProjectRefusal = {
  code: Extract<
    ErrorCode,
    'CONFLICT' | 'QUARANTINED' | 'SLOT_NOT_FOUND' | 'UNSUPPORTED' | 'NOT_FOUND' | 'QUOTA_EXCEEDED'
  >;
  message: string;
};

export type ProjectTurn = {
  record: ProjectRecord;
  readonly now: number;
  notices: Notice[];
  audit: AuditEntry[];
  refused: ProjectRefusal | null;
};

/** Replaces fields of the record. */
export function update(turn: ProjectTurn, changes: Partial<ProjectRecord>): void {
  turn.record = { ...turn.record, ...changes };
}

/** Stores an action under a new id; it is sent until a machine object acknowledges it. */
export function send(turn: ProjectTurn, action: ProjectAction): void {
  const sequence = turn.record.sequence + 1;
  const pending = { ...action, id: `${turn.record.project}/${sequence}`, sends: 0, nextSendAt: turn.now };
  update(turn, { sequence, pending: [...turn.record.pending, pending] });
}

/** Tells people. */
export function notify(turn: ProjectTurn, notice: Omit<Notice, 'at'>): void {
  turn.notices.push({ at: turn.now, ...notice });
}

/** Tells the audit log what Fettle did by itself. */
export function tellAudit(
  turn: ProjectTurn,
  entry: Pick<AuditEntry, 'action' | 'subject' | 'before' | 'after'>,
): void {
  turn.audit.push({ at: turn.now, actor: SYSTEM, ...entry, requestId: null });
}

/** Refuses what was asked for; nothing of it may have been done. */
export function refuse(turn: ProjectTurn, code: ProjectRefusal['code'], message: string): void {
  turn.refused = { code, message };
}
