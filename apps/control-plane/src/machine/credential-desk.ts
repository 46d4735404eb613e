import { RENEWAL_ROTATES_AFTER_MS, type MachineTokenClaims } from '@fettle/contract';
import { credentialRefusal, isArrival, mayRotate, type ShownCredential } from '@fettle/core';
import { toBase64Url } from '../auth/base64url.ts';
import type { TokenName } from '../auth/machine-credentials.ts';
import { refusal, success, type Result } from '../result.ts';
import type { RecordKeeper } from './record-keeper.ts';

const NOT_PROVISIONED = refusal('MACHINE_NOT_FOUND', 'There is no such machine');

/** What a token says that only its machine's record can judge; its signature was checked before. */
type Shown = Pick<MachineTokenClaims, 'epoch' | 'id' | 'issuedAt'>;

/** The credentials of one machine: which of them hold, and the names of new ones. */
export class CredentialDesk {
  private readonly keeper: RecordKeeper;

  constructor(keeper: RecordKeeper) {
    this.keeper = keeper;
  }

  /** Why something that was shown is not taken; `null` when it is. */
  refusalOf(shown: ShownCredential): ReturnType<typeof refusal> | null {
    const kept = this.keeper.get();
    if (kept === null) return NOT_PROVISIONED;
    const refused = credentialRefusal(kept.record, shown, Date.now());
    return refused === null ? null : refusal(refused.code, refused.message);
  }

  /** The renewal token for a bootstrap token: once, and to whoever comes with the same claim again. */
  async bootstrap({ epoch, id: shownId, issuedAt }: Shown, claimHash: string): Promise<Result<TokenName>> {
    const id = shownId ?? '';
    const refused = this.refusalOf({ use: 'bootstrap', epoch, id, issuedAt, claimHash });
    // People are told of somebody else who comes with the same token.
    if (refused === null || refused.code === 'CONFLICT')
      await this.keeper.take({ type: 'bootstrapped', id, claimHash, renewalId: newName() });
    return refused ?? this.present();
  }

  /**
   * What there is for a renewal token: `null` when it is to be kept; another one when it is old and another is wanted,
   * or when it was replaced already and the answer with the other one seems to be lost.
   */
  async renew({ epoch, id: shownId }: Shown, isWanted: boolean): Promise<Result<TokenName | null>> {
    const id = shownId ?? '';
    const refused = this.refusalOf({ use: 'renewal', epoch, id });
    if (refused !== null) return refused;
    const record = this.keeper.get()?.record;
    const renewal = record?.credentials.renewal;
    if (!record || !renewal) return NOT_PROVISIONED;
    if (!mayRotate(record, id)) return success(renewal);
    if (isArrival(record, id)) await this.keeper.take({ type: 'renewal-rotated', renewalId: id });
    if (!isWanted || Date.now() - renewal.issuedAt < RENEWAL_ROTATES_AFTER_MS) return success(null);
    await this.keeper.take({ type: 'renewal-rotated', renewalId: newName() });
    return this.present();
  }

  private present(): Result<TokenName> {
    const renewal = this.keeper.get()?.record.credentials.renewal ?? null;
    return renewal === null ? NOT_PROVISIONED : success(renewal);
  }
}

/** Nobody can guess it, although nobody has to: it is signed. */
function newName(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}
