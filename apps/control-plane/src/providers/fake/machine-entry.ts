/** What a fake provider knows of one machine, and its rules for actions: an id acts once, an older sequence never. */
import type { ActionRef, DataCopy, ErrorCode, Inspection, Operation, OperationKind } from '@fettle/contract';
import { ProviderError } from '../machine-provider.ts';
import type { FakeMachine } from './fake-machine.ts';

/** The one host of a fake provider. */
const FAKE_HOST = 'fake-host';

/** What is known of one machine id; outlives the machine, because it is the fence against late actions. */
export type MachineEntry = {
  highest: number;
  operations: (Operation & { dueAt: number; effect: () => Promise<void> })[];
  machine: FakeMachine | null;
  copies: DataCopy[];
};

/** Whether this action is to be carried out: not when it was before; an older one is refused. */
export function isNew(
  entry: MachineEntry,
  kind: OperationKind,
  machineId: string,
  action: ActionRef,
): boolean {
  if (action.id !== `${machineId}/${action.sequence}`)
    throw new ProviderError('BAD_REQUEST', 'The action id does not belong to this machine and sequence');
  const known = entry.operations.find((one) => one.action.id === action.id);
  if (known !== undefined && known.kind !== kind)
    throw new ProviderError('CONFLICT', `This action id was already used for ${known.kind}`);
  if (known !== undefined) return false;
  if (action.sequence <= entry.highest)
    throw new ProviderError('STALE_ACTION', `Sequence ${entry.highest} was already accepted`);
  return true;
}

/** The machine of an entry; an error when there is none. */
export function existing(entry: MachineEntry): FakeMachine {
  if (entry.machine === null) throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine');
  return entry.machine;
}

/** An operation as callers see it. */
export function publicPart({
  dueAt: _dueAt,
  effect: _effect,
  ...operation
}: MachineEntry['operations'][number]): Operation {
  return operation;
}

/** What an honest provider tells of a machine. */
export function inspectionOf(machineId: string, entry: MachineEntry): Inspection {
  const { machine, operations, copies } = entry;
  const latest = operations.at(-1);
  return {
    machineId,
    state: stateOf(machine, latest),
    instanceId: machine === null ? null : `${machineId}#${machine.boots}`,
    image: machine?.image ?? null,
    startedAt: machine?.power === 'running' ? machine.bootedAt : null,
    exitCode: machine?.power === 'stopped' ? 0 : null,
    memoryKilled: false,
    trouble: null,
    diskPresent: machine !== null,
    operation: latest === undefined ? null : publicPart(latest),
    lastCopy: copies[0] ?? null,
    host: FAKE_HOST,
  };
}

function stateOf(machine: FakeMachine | null, latest: Operation | undefined): Inspection['state'] {
  const doing = latest?.status === 'running' ? latest.kind : null;
  if (machine === null) return doing === 'create' ? 'creating' : 'absent';
  if (machine.power === 'stopped') return isStart(doing) ? 'starting' : 'stopped';
  if (machine.power === 'running') return doing === 'stop' || doing === 'destroy' ? 'stopping' : 'running';
  return machine.power;
}

function isStart(doing: OperationKind | null): boolean {
  return doing === 'start' || doing === 'restart' || doing === 'rebuild';
}

/** Why an effect did not come about; `null` when it did. */
export async function outcomeOf(
  effect: () => Promise<void>,
): Promise<{ code: ErrorCode; message: string } | null> {
  try {
    await effect();
    return null;
  } catch (error) {
    if (error instanceof ProviderError) return { code: error.code, message: error.message };
    throw error;
  }
}
