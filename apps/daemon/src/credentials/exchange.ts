import type { FreshCredentials } from '@fettle/contract/credentials';
import type { DiskLayout } from '../disk/layout.ts';
import type { CredentialClient } from './credential-client.ts';
import {
  forgetExchange,
  keep,
  notePending,
  readBootstrapTokens,
  readPending,
  type KeptCredentials,
} from './kept-credentials.ts';

/** What an exchange is made with. */
export type ExchangeParts = { disk: DiskLayout; machineId: string; client: CredentialClient };

/** What came of it: kept on the disk already, and the answer with the first machine token. */
export type Exchanged = { kept: KeptCredentials; answer: FreshCredentials };

/**
 * Exchanges a bootstrap token for credentials of this machine and keeps them. The claim is on the disk before it is shown,
 * so that whoever repeats the exchange after a crash or a lost answer is known to be the same.
 */
export async function exchangeBootstrap(parts: ExchangeParts, token: string): Promise<Exchanged> {
  const { disk, machineId, client } = parts;
  const pending = readPending(disk, machineId);
  const claim = pending?.token === token ? pending.claim : newClaim();
  if (pending?.token !== token) await notePending(disk, { machineId, token, claim });
  const answer = await client.bootstrap(token, claim);
  if (answer.renewal === null) throw new Error('The answer to the exchange holds no renewal token');
  const { renewal, commandKeys, repositories } = answer;
  const kept = { machineId, renewal, commandKeys, repositories, bootstrap: fingerprint(token) };
  await keep(disk, kept);
  forgetExchange(disk, { machineId, token });
  return { kept, answer };
}

/**
 * Tokens that were not exchanged yet, by what is kept. One whose answer was lost comes first: another exchange would take
 * the place of its claim, without which it is good for nothing.
 */
export function unusedTokens(disk: DiskLayout, machineId: string, kept: KeptCredentials | null): string[] {
  const pending = readPending(disk, machineId)?.token;
  const all = new Set([...(pending === undefined ? [] : [pending]), ...readBootstrapTokens(disk, machineId)]);
  return [...all].filter((token) => fingerprint(token) !== kept?.bootstrap);
}

/** SHA-256, base64url: tells two tokens apart without holding one. */
export function fingerprint(token: string): string {
  return cryptography().createHash('sha256').update(token).digest('base64url');
}

function newClaim(): string {
  return cryptography().randomBytes(32).toString('base64url');
}

/** Loaded only here: it takes 3 MB, and a daemon makes an exchange hardly ever. */
function cryptography() {
  return process.getBuiltinModule('node:crypto');
}
