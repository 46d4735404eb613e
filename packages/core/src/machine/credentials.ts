/**
 * What a machine shows to the control plane, and what is taken of it. The edge has checked the signature; here is what
 * only the machine's record knows: which epoch holds, which renewal token is the present one, and whether the bootstrap
 * token was exchanged already.
 */
import { RENEWAL_OVERLAP_MS, type ErrorCode } from '@fettle/contract';
import type { MachineRecord } from './record.ts';

/** Ages at which a bootstrap token is not taken any more: far more than the slowest first start. */
export const BOOTSTRAP_LIFE_MS = 24 * 3_600_000;

/** So long what a machine does not report is no evidence against it, after its credentials were taken back. */
export const DELIVERY_GRACE_MS = 5 * 60_000;

/** What a machine's record knows of its credentials. No secret is among it. */
export type CredentialRecord = {
  /** Counts revocations, from 1. What carries another epoch is refused. */
  epoch: number;
  /**
   * The bootstrap token that was exchanged last, by the action that made it, with the SHA-256 of the machine's claim.
   * `misused`: somebody else has come with the same one, and people were told.
   */
  bootstrap: { id: string; claimHash: string; at: number; misused: boolean } | null;
  /** The renewal token that holds. */
  renewal: { id: string; issuedAt: number } | null;
  /**
   * The one before. `until` is `null` as long as nobody has shown the present one: the answer with it may be lost, and its
   * machine cut off for days.
   */
  previousRenewal: { id: string; until: number | null } | null;
  /** New credentials are being handed to the machine by a signed command. */
  delivery: { since: number; nextAt: number } | null;
};

/** Credentials of a machine that has not fetched any. */
export const NO_CREDENTIALS: CredentialRecord = {
  epoch: 1,
  bootstrap: null,
  renewal: null,
  previousRenewal: null,
  delivery: null,
};

/** What was shown, of a token whose signature, audience and expiry are right. */
export type ShownCredential =
  | { use: 'machine'; epoch: number }
  | { use: 'renewal'; epoch: number; id: string }
  | { use: 'bootstrap'; epoch: number; id: string; claimHash: string; issuedAt: number };

export type CredentialRefusal = {
  code: Extract<ErrorCode, 'UNAUTHORIZED' | 'CONFLICT' | 'RETIRED'>;
  message: string;
};

/** Why a credential is not taken now; `null` when it is. A bootstrap token that is shown again with the same claim is. */
export function credentialRefusal(
  record: Pick<MachineRecord, 'state' | 'credentials'>,
  shown: ShownCredential,
  now: number,
): CredentialRefusal | null {
  const { state, credentials } = record;
  if (state.phase === 'bricked' || state.phase === 'retired' || state.phase === 'destroyed')
    return { code: 'RETIRED', message: `The machine is ${state.phase}; its slot leads to another one` };
  if (state.phase === 'new' || shown.epoch !== credentials.epoch)
    return unauthorized('The credentials of this machine were revoked');
  switch (shown.use) {
    case 'machine':
      return null;
    case 'renewal':
      return isRenewal(credentials, shown.id, now)
        ? null
        : unauthorized('The renewal token was replaced by a newer one');
    case 'bootstrap':
      return bootstrapRefusal(credentials, shown, now);
  }
}

/** Whether the one who shows this renewal token may be given another one; who shows the one before lacks the present one. */
export function mayRotate({ credentials }: Pick<MachineRecord, 'credentials'>, id: string): boolean {
  return credentials.renewal?.id === id;
}

/** The credentials after a bootstrap token was exchanged. */
export function withBootstrap(
  credentials: CredentialRecord,
  { id, claimHash, renewalId }: { id: string; claimHash: string; renewalId: string },
  now: number,
): CredentialRecord {
  return {
    epoch: credentials.epoch,
    bootstrap: { id, claimHash, at: now, misused: false },
    renewal: { id: renewalId, issuedAt: now },
    previousRenewal: null,
    delivery: null,
  };
}

/** The credentials after the renewal token was replaced, or after the present one was shown. */
export function withRenewal(credentials: CredentialRecord, renewalId: string, now: number): CredentialRecord {
  const { renewal, previousRenewal } = credentials;
  if (renewal === null) return credentials;
  if (renewal.id !== renewalId)
    return {
      ...credentials,
      renewal: { id: renewalId, issuedAt: now },
      previousRenewal: { id: renewal.id, until: null },
    };
  if (previousRenewal === null || previousRenewal.until !== null) return credentials;
  return { ...credentials, previousRenewal: { ...previousRenewal, until: now + RENEWAL_OVERLAP_MS } };
}

/** Whether the present renewal token has arrived, and that is not known yet. */
export function isArrival({ credentials }: Pick<MachineRecord, 'credentials'>, id: string): boolean {
  return credentials.renewal?.id === id && credentials.previousRenewal?.until === null;
}

/** The credentials after all that the machine has were taken back. */
export function revoked({ epoch }: CredentialRecord, now: number): CredentialRecord {
  return {
    epoch: epoch + 1,
    bootstrap: null,
    renewal: null,
    previousRenewal: null,
    delivery: { since: now, nextAt: now },
  };
}

/** Until when the machine cannot report because we took its credentials back; 0 when it can. */
export function noReportsUntil({ delivery }: CredentialRecord): number {
  return delivery === null ? 0 : delivery.since + DELIVERY_GRACE_MS;
}

function isRenewal({ renewal, previousRenewal }: CredentialRecord, id: string, now: number): boolean {
  if (renewal?.id === id) return true;
  return previousRenewal?.id === id && (previousRenewal.until === null || now < previousRenewal.until);
}

function bootstrapRefusal(
  { bootstrap }: CredentialRecord,
  { id, claimHash, issuedAt }: Extract<ShownCredential, { use: 'bootstrap' }>,
  now: number,
): CredentialRefusal | null {
  if (now - issuedAt > BOOTSTRAP_LIFE_MS) return unauthorized('The bootstrap token is too old');
  if (bootstrap === null) return null;
  if (bootstrap.id === id)
    return bootstrap.claimHash === claimHash
      ? null
      : { code: 'CONFLICT', message: 'The bootstrap token was exchanged already' };
  return isOlderBootstrap({ bootstrap }, id)
    ? unauthorized('The bootstrap token was replaced by a newer one')
    : null;
}

/** Whether a newer bootstrap token was exchanged: a machine that was created anew, or was handed another one, has that. */
export function isOlderBootstrap({ bootstrap }: Pick<CredentialRecord, 'bootstrap'>, id: string): boolean {
  return bootstrap !== null && sequenceOf(id) < sequenceOf(bootstrap.id);
}

/** Actions of a machine are named `<machineId>/<sequence>`. */
function sequenceOf(actionId: string): number {
  return Number(actionId.slice(actionId.lastIndexOf('/') + 1));
}

function unauthorized(message: string): CredentialRefusal {
  return { code: 'UNAUTHORIZED', message };
}
