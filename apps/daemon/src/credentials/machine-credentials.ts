import type { FreshCredentials, FreshToken } from '@fettle/contract/credentials';
import type { MachineSpec } from '@fettle/contract/machine-spec';
import type { RepositoryUrls } from '@fettle/contract/version-set';
import { log } from '../daemon/log.ts';
import { monotonicMs } from '../daemon/monotonic.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { repositoryAccess, secretsOf } from '../versions/repository-access.ts';
import { createCredentialClient, isRefusal, type CredentialClient } from './credential-client.ts';
import { exchangeBootstrap, fingerprint, unusedTokens } from './exchange.ts';
import { keep, readKept, type KeptCredentials } from './kept-credentials.ts';
import { RefusedCredentialsError } from './refused-credentials-error.ts';

/** A call that takes longer than this could end with a token that is over. */
const LEAST_LEFT_MS = 10_000;
/** Also with a good token: command keys and clone URLs come with renewals alone, and so does the next renewal token. */
const RENEW_EVERY_MS = 3_600_000;
/** A request with a key that nobody knows may be signed with a new one; so often it is looked for at the most. */
const LOOK_FOR_KEYS_MS = 60_000;
/** Who was refused for good comes again this seldom, spread by a fifth either way. */
const REFUSED_WAIT = { ms: 60_000, spread: 0.2 };

/** How this machine proves who it is, and whom it believes. The machine token is in memory only. */
export type MachineCredentials = {
  /**
   * Runs a call with a machine token, and once more with a new one when it was refused. Throws what the call throws, and
   * `RefusedCredentialsError` while the machine has nothing that the control plane takes.
   */
  withToken<T>(call: (token: string) => Promise<T>): Promise<T>;
  /** The control plane gave a newer machine token. */
  note(fresh: FreshToken): void;
  /** Public keys of the commands to take. */
  commandKeys(): readonly string[];
  /** Looks for newer keys, unless that was done just now. Never fails. */
  renewKeys(): Promise<void>;
  /** Where to clone from, passwords included. */
  repositories(): RepositoryUrls;
  /** What must not be told: tokens, and passwords of repositories, as far as this process knows them. */
  secrets(): string[];
  /** Exchanges a new bootstrap token; a repeat does nothing. */
  bootstrap(token: string): Promise<void>;
};

/**
 * The credentials of the machine whose disk this is. `keeps`: this process is the one that renews for good: it takes a new
 * renewal token when there is one and keeps it on the disk. Any other only borrows what is there.
 */
export function createMachineCredentials({
  disk,
  spec,
  keeps,
  client = createCredentialClient(spec.controlUrl),
  now = monotonicMs,
}: {
  disk: DiskLayout;
  spec: MachineSpec;
  keeps: boolean;
  client?: CredentialClient;
  /** Milliseconds on a clock that never jumps. */
  now?: () => number;
}): MachineCredentials {
  const { machineId } = spec.identity;
  let kept: KeptCredentials | null = readKept(disk, machineId);
  let held: { token: string; goodUntil: number } | null = null;
  let renewedAt = -Infinity;
  let lookedForKeysAt = -Infinity;
  let lookForKeys: Promise<void> | null = null;
  let refused: { until: number; why: unknown } | null = null;
  let underWay: Promise<void> | null = null;

  /** One renewal or exchange at a time; whoever comes meanwhile shares its outcome. */
  function once(work: () => Promise<void>): Promise<void> {
    underWay ??= work().finally(() => (underWay = null));
    return underWay;
  }

  function take(answer: FreshToken, askedAt: number): void {
    held = { token: answer.token, goodUntil: askedAt + answer.expiresInMs };
  }

  async function renew(): Promise<void> {
    if (refused !== null && now() < refused.until) throw refusal(refused);
    const askedAt = now();
    try {
      await settle(await renewOrExchange(), askedAt);
      refused = null;
    } catch (error) {
      if (!isRefusal(error) || isRetired(error)) throw error;
      held = null;
      refused = {
        until: now() + REFUSED_WAIT.ms * (1 + REFUSED_WAIT.spread * (2 * Math.random() - 1)),
        why: error,
      };
      throw refusal(refused);
    }
  }

  /** With what is kept; when that is refused, with what somebody else kept meanwhile, or what the provider put there. */
  async function renewOrExchange(): Promise<FreshCredentials> {
    let why: unknown = Object.assign(new Error('The machine has no credentials'), { code: 'UNAUTHORIZED' });
    for (const one of [kept, readKept(disk, machineId)]) {
      if (one === null || (one !== kept && one.renewal === kept?.renewal)) continue;
      try {
        const answer = await client.renew(one.renewal, { rotate: keeps });
        kept = one;
        return answer;
      } catch (error) {
        if (!isRefusal(error) || isRetired(error)) throw error;
        why = error;
      }
    }
    for (const token of keeps ? unusedTokens(disk, machineId, kept) : []) {
      try {
        const exchanged = await exchangeBootstrap({ disk, machineId, client }, token);
        kept = exchanged.kept;
        return exchanged.answer;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        why = error;
      }
    }
    throw why;
  }

  /** What is new is on the disk before it is used. */
  async function settle(answer: FreshCredentials, askedAt: number): Promise<void> {
    if (kept === null) return;
    const { renewal, commandKeys, repositories } = answer;
    const next: KeptCredentials = { ...kept, renewal: renewal ?? kept.renewal, commandKeys, repositories };
    if (keeps && JSON.stringify(next) !== JSON.stringify(kept)) {
      await keep(disk, next).catch((error: unknown) =>
        // With a full disk the machine goes on for as long as this process lives; the next renewal tries again.
        log('error', 'New credentials could not be kept', { error }),
      );
    }
    kept = next;
    take(answer, askedAt);
    renewedAt = askedAt;
  }

  async function token(): Promise<string> {
    const isGood = held !== null && held.goodUntil - now() >= LEAST_LEFT_MS;
    if (!isGood) await once(renew);
    else if (keeps && now() - renewedAt >= RENEW_EVERY_MS)
      await once(renew).catch((error: unknown) => log('warn', 'Credentials were not renewed', { error }));
    if (held === null) throw refusal(refused);
    return held.token;
  }

  return {
    async withToken(call) {
      const first = await token();
      try {
        return await call(first);
      } catch (error) {
        if ((error as { code?: unknown } | null)?.code !== 'UNAUTHORIZED') throw error;
        // Unless somebody else has a newer one already.
        if (held?.token === first) held = null;
        return call(await token());
      }
    },
    note: (fresh) => take(fresh, now()),
    commandKeys: () => kept?.commandKeys ?? spec.commandKeys,
    async renewKeys() {
      if (now() - lookedForKeysAt >= LOOK_FOR_KEYS_MS) {
        lookedForKeysAt = now();
        lookForKeys = once(renew).catch((error: unknown) =>
          log('warn', 'No newer keys of commands', { error }),
        );
      }
      await lookForKeys;
    },
    repositories: () => kept?.repositories ?? spec.repositories,
    secrets: () => [
      ...[held?.token, kept?.renewal].filter((secret) => secret !== undefined),
      ...Object.values(kept?.repositories ?? {}).flatMap((url) => secretsOf(repositoryAccess(url))),
    ],
    async bootstrap(newToken) {
      // A repeat may come while the first is under way, and a renewal may begin while another one is waited for.
      while (underWay !== null) await underWay.catch(() => undefined);
      if (kept?.bootstrap === fingerprint(newToken)) return;
      await once(async () => {
        const askedAt = now();
        const exchanged = await exchangeBootstrap({ disk, machineId, client }, newToken);
        kept = exchanged.kept;
        refused = null;
        await settle({ ...exchanged.answer, renewal: null }, askedAt);
      });
    },
  };

  function refusal(of: typeof refused): RefusedCredentialsError {
    return new RefusedCredentialsError(Math.max(0, (of?.until ?? 0) - now()), of?.why);
  }
}

function isRetired(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'RETIRED';
}
