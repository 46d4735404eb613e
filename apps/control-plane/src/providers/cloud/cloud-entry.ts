/** What is known of one machine at a cloud provider that knows no action ids, and its rules for actions. Pure. */
import type { ActionRef, DataCopy, Inspection, Operation, OperationKind } from '@fettle/contract';
import { ProviderError } from '../machine-provider.ts';

/** The latest operation of a machine, and how far it is. */
export type Doing = {
  operation: Operation;
  /** Whether the provider has accepted its first call. Until then whoever asked for it asks again, and nobody else does. */
  taken: boolean;
  /** The call that was sent last; empty before the first. */
  step: string;
  /** How often the provider has taken that call; what it refused or never answered is not counted. */
  sends: number;
};

/** A copy, with the name by which the provider removes it. */
export type KeptCopy = DataCopy & { providerId: string };

/**
 * One machine's entry in the journal; outlives the machine, because it is the fence against late actions. `Facts` are
 * the provider's own names for what belongs to the machine. Never holds our key, and a
 * credential of the machine only until it was handed over.
 */
export type CloudEntry<Facts> = {
  highest: number;
  doing: Doing | null;
  facts: Facts;
  /** The newest first. */
  copies: KeptCopy[];
};

/** Whether this action is carried out or was before; an older one, or an id that is used wrongly, is refused. */
export function judgeAction(
  entry: Pick<CloudEntry<unknown>, 'highest' | 'doing'>,
  kind: OperationKind,
  machineId: string,
  action: ActionRef,
): 'new' | 'repeat' {
  if (action.id !== `${machineId}/${action.sequence}`)
    throw new ProviderError('BAD_REQUEST', 'The action id does not belong to this machine and sequence');
  const latest = entry.doing?.operation;
  if (latest !== undefined && latest.action.id === action.id) {
    if (latest.kind === kind) return 'repeat';
    throw new ProviderError('CONFLICT', `This action id was already used for ${latest.kind}`);
  }
  if (action.sequence <= entry.highest)
    throw new ProviderError('STALE_ACTION', `Sequence ${entry.highest} was already accepted`);
  return 'new';
}

/** The operation as callers see it: one that the provider has not accepted yet is none. */
export function operationOf({ doing }: Pick<CloudEntry<unknown>, 'doing'>): Operation | null {
  return doing?.taken === true ? doing.operation : null;
}

/** The newest copy as callers see it. */
export function lastCopyOf({ copies }: Pick<CloudEntry<unknown>, 'copies'>): DataCopy | null {
  const [newest] = copies;
  if (newest === undefined) return null;
  const { providerId: _providerId, ...copy } = newest;
  return copy;
}

/** What is told of a machine that is not there. */
export function absentMachine(machineId: string): Inspection {
  return {
    machineId,
    state: 'absent',
    instanceId: null,
    image: null,
    startedAt: null,
    exitCode: null,
    memoryKilled: false,
    trouble: null,
    diskPresent: false,
    operation: null,
    lastCopy: null,
    host: null,
  };
}
