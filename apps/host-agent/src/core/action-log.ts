/**
 * Decides what becomes of an action that arrives: executed, answered from memory, or refused.
 * Pure: touches neither clock nor disk. The caller stores the returned log durably before it acts.
 */
import type { ErrorCode } from '@fettle/contract/errors';
import { Operation } from '@fettle/contract/host-agent';
import { MachineId, type ActionRef } from '@fettle/contract/ids';
import * as v from 'valibot';

/** Operations remembered for one machine. An older repeat is refused as stale, which is as safe as its answer. */
export const REMEMBERED_OPERATIONS = 50;

/** The effects that one machine has seen. Outlives the machine: it is the fence against late actions. */
export const ActionLog = v.object({
  format: v.literal(1),
  machineId: MachineId,
  /** Highest sequence ever accepted. */
  highest: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Oldest first. */
  operations: v.array(Operation),
});
export type ActionLog = v.InferOutput<typeof ActionLog>;

/** What to do with an action. */
export type Admission =
  | { verdict: 'accepted'; log: ActionLog; operation: Operation }
  | { verdict: 'recorded'; operation: Operation }
  | { verdict: 'refused'; code: ErrorCode; message: string };

/** The log of a machine that has seen no action. */
export function emptyLog(machineId: string): ActionLog {
  return { format: 1, machineId, highest: 0, operations: [] };
}

interface Arrival {
  action: ActionRef;
  kind: Operation['kind'];
  now: number;
}

/** Judges an arriving action against what was accepted before. */
export function admit(log: ActionLog, { action, kind, now }: Arrival): Admission {
  if (action.id !== `${log.machineId}/${action.sequence}`) {
    return {
      verdict: 'refused',
      code: 'BAD_REQUEST',
      message: 'The action id does not belong to this machine and sequence',
    };
  }
  const known = log.operations.find((operation) => operation.action.id === action.id);
  if (known !== undefined) {
    if (known.kind === kind) return { verdict: 'recorded', operation: known };
    return {
      verdict: 'refused',
      code: 'CONFLICT',
      message: `This action id was already used for ${known.kind}`,
    };
  }
  if (action.sequence <= log.highest) {
    return {
      verdict: 'refused',
      code: 'STALE_ACTION',
      message: `Sequence ${log.highest} was already accepted`,
    };
  }
  const operation: Operation = {
    action,
    kind,
    status: 'running',
    startedAt: now,
    finishedAt: null,
    error: null,
  };
  const operations = [...log.operations, operation].slice(-REMEMBERED_OPERATIONS);
  return { verdict: 'accepted', operation, log: { ...log, highest: action.sequence, operations } };
}

interface Ending {
  actionId: string;
  error: Operation['error'];
  now: number;
}

/** Records how an operation ended. An operation that has ended already keeps its first ending. */
export function finish(log: ActionLog, { actionId, error, now }: Ending): ActionLog {
  const operations = log.operations.map((operation): Operation => {
    if (operation.action.id !== actionId || operation.status !== 'running') return operation;
    return { ...operation, status: error === null ? 'done' : 'failed', finishedAt: now, error };
  });
  return { ...log, operations };
}

/** The operation that `inspect` shows: the newest one. */
export function latestOperation(log: ActionLog): Operation | null {
  return log.operations.at(-1) ?? null;
}

/** Operations that a host-agent had begun and not ended when it died, oldest first. */
export function unfinished(log: ActionLog): Operation[] {
  return log.operations.filter((operation) => operation.status === 'running');
}
