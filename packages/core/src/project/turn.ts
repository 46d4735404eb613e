/** One turn of `decideProject`: the record as it becomes, and what is to be told about it. */
import type { Notice } from '@fettle/contract';
import type { ProjectAction, ProjectRecord } from './record.ts';

export type ProjectTurn = { record: ProjectRecord; readonly now: number; notices: Notice[] };

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
