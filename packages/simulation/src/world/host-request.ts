/** What hosts are asked, and what goes wrong on them. */
import type { ActionRef, OperationKind, VersionRefs } from '@fettle/contract';
import type { Outcome } from '@fettle/core';

/** What a host is asked to do, as it arrives. */
export type HostRequest = {
  machineId: string;
  slot: string;
  kind: OperationKind;
  ref: ActionRef;
  restoreCopyId: string | null;
  /** What a machine that is made, or made anew, runs from; `null`: the image for new ones. */
  image: string | null;
  versions: VersionRefs;
};

/** What goes wrong on a host while a fault lasts; shares are probabilities. */
export type HostTrouble = {
  /** Answers PROVIDER_FAILED and does nothing. */
  failing: number;
  /** Answers that it has too much to do. */
  busy: number;
  /** Answers that the present state does not allow it, once and for all. */
  refusing: number;
  operationsFail: number;
  operationsLost: number;
  /** Of the operations that are lost, those that were answered before they were written down. */
  operationsForgotten: number;
  operationsSlow: number;
  /** Copies that are taken are corrupt. */
  copiesCorrupt: number;
  /** Answers are so old, in ms. */
  staleMs: number;
};

export const NO_TROUBLE: HostTrouble = {
  failing: 0,
  busy: 0,
  refusing: 0,
  operationsFail: 0,
  operationsLost: 0,
  operationsForgotten: 0,
  operationsSlow: 0,
  copiesCorrupt: 0,
  staleMs: 0,
};

/** A host that took over an address has none of the machines, and no room for new ones. */
export function refusalOfStranger({ kind }: HostRequest): Outcome {
  return kind === 'create'
    ? refusal('PROVIDER_FAILED', 'No capacity', true)
    : refusal('MACHINE_NOT_FOUND', 'There is no such machine here', false);
}

/** What a receiver answers that did not do what it was asked. */
export function refusal(
  code:
    | 'MACHINE_NOT_FOUND'
    | 'PROVIDER_FAILED'
    | 'STALE_ACTION'
    | 'CONFLICT'
    | 'IMAGE_NOT_FOUND'
    | 'HOST_UNREACHABLE'
    | 'MACHINE_UNREACHABLE'
    | 'DEADLINE_EXCEEDED',
  message: string,
  retryable: boolean,
): Outcome {
  return { ok: false, code, message, retryable };
}
