/**
 * Decides how an operation ends that a dead host-agent left `running`. Pure; the caller gathers the facts.
 *
 * - `create`: the record names the action that made it and says whether the disk was completed. No record of this
 *   action: it made nothing, so nothing is removed, whatever else is there. Complete: it is finished by starting the
 *   machine, which is harmless when it runs already. Not complete: the remains are removed and the operation failed.
 * - `start`: done when the machine runs, failed otherwise.
 * - `stop`: done when nothing of it runs, failed otherwise.
 * - `restart`: done when the machine runs and its present run began after the operation, failed otherwise.
 * - `rebuild`: finished when the record names it as what the machine is made from now, failed otherwise. Then nothing was
 *   done, or the machine was on its way back to what it had been made from: without an instance it is made so again.
 * - `destroy`: finished, because half a machine is of no use to anybody and removing is the same however often it is done.
 * - `copy`: done when the verified copy of this very action is there, failed otherwise; a partial file is removed.
 */
import type { Operation } from '@fettle/contract/host-agent';
import type { MachineRecord } from '../disk/machine-records.ts';
import type { Observation } from '../backend/machine-backend.ts';

/** What really exists after the crash. */
export interface SettlementFacts {
  observation: Observation;
  record: Pick<MachineRecord, 'phase' | 'createdBy' | 'rebuiltBy'> | null;
  /** Whether a verified copy with the copy id of this action is there. */
  copyThere: boolean;
}

/** What to do about the operation. */
export type Settlement =
  | 'done'
  | 'failed'
  | 'finish-create'
  | 'undo-create'
  | 'finish-rebuild'
  | 'undo-rebuild'
  | 'finish-destroy';

/** Judges one unfinished operation by what really exists. */
export function settle(operation: Operation, facts: SettlementFacts): Settlement {
  const { record, copyThere } = facts;
  const { state, startedAt } = facts.observation;
  switch (operation.kind) {
    case 'create':
      if (record === null || record.createdBy !== operation.action.id) return 'failed';
      if (record.phase === 'preparing') return 'undo-create';
      return state === 'absent' ? 'failed' : 'finish-create';
    case 'start':
      return state === 'running' ? 'done' : 'failed';
    case 'stop':
      return state === 'stopped' || state === 'absent' ? 'done' : 'failed';
    case 'restart':
      return state === 'running' && startedAt !== null && startedAt >= operation.startedAt
        ? 'done'
        : 'failed';
    case 'rebuild':
      if (record?.rebuiltBy === operation.action.id) return 'finish-rebuild';
      return record !== null && state === 'absent' && facts.observation.diskPresent
        ? 'undo-rebuild'
        : 'failed';
    case 'destroy':
      return 'finish-destroy';
    case 'copy':
      return copyThere ? 'done' : 'failed';
    default:
      return operation.kind satisfies never;
  }
}
