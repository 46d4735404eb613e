import { setTimeout as pause } from 'node:timers/promises';
import {
  createCredentialClient,
  isRefusal,
  type CredentialClient,
} from '../credentials/credential-client.ts';
import { exchangeBootstrap, fingerprint, unusedTokens } from '../credentials/exchange.ts';
import { forgetExchange, readBootstrapTokens, readKept } from '../credentials/kept-credentials.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { readMachineSpec } from '../disk/machine-files.ts';

/** For a token that is not there yet, and for a control plane that does not answer. Doubles up to the longest. */
const WAIT = { firstMs: 250, longestMs: 15_000 };

/** The control plane takes none of the tokens: whoever repeats the task does so slowly. */
const REFUSED_EXIT_CODE = 3;

/**
 * `credentials`: makes sure that the machine has some. Done at once, without anybody being asked, when they are on its
 * disk; else it exchanges what its provider put there, waits for that where it is not there yet, and repeats until the
 * control plane has answered. Returns the exit code.
 */
export async function credentialsCommand(disk: DiskLayout): Promise<number> {
  const { identity, controlUrl } = readMachineSpec(disk);
  const parts = { disk, machineId: identity.machineId, client: createCredentialClient(controlUrl) };
  const kept = readKept(disk, identity.machineId);
  if (kept !== null) {
    // A provider that writes its files anew at each start has put the used one there again.
    for (const token of readBootstrapTokens(disk, identity.machineId))
      if (fingerprint(token) === kept.bootstrap)
        forgetExchange(disk, { machineId: identity.machineId, token });
    return 0;
  }
  return exchangeSomething(parts);
}

async function exchangeSomething(parts: {
  disk: DiskLayout;
  machineId: string;
  client: CredentialClient;
}): Promise<number> {
  const { disk, machineId } = parts;
  let told = '';
  const tell = (message: string) => {
    if (message !== told) console.error(message);
    told = message;
  };
  for (let waitMs = WAIT.firstMs; ; waitMs = Math.min(waitMs * 2, WAIT.longestMs)) {
    const tokens = unusedTokens(disk, machineId, null);
    let refused = 0;
    for (const token of tokens) {
      try {
        await exchangeBootstrap(parts, token);
        console.error(`${machineId} has its credentials`);
        return 0;
      } catch (error) {
        tell(`The bootstrap token was not exchanged: ${wordsOf(error)}`);
        if (isRefusal(error)) refused += 1;
      }
    }
    if (tokens.length === 0)
      tell(`Waiting for a bootstrap token of ${machineId} in ${disk.bootstrapFiles.join(' or ')}`);
    else if (refused === tokens.length) {
      console.error(
        `The control plane takes no bootstrap token of ${machineId}: it was used or taken back. The machine needs a new one`,
      );
      return REFUSED_EXIT_CODE;
    }
    await pause(waitMs);
  }
}

/** Code and message: enough for whoever reads the log, and never a token. */
function wordsOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return [code, message].filter((part) => typeof part === 'string').join(': ');
}
