import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Account, emptyAccount } from './account.ts';

/**
 * An account on the disk: `account.json` and, under their SHA-256, the bytes that were uploaded. Synchronous, because
 * whatever was answered has to be there after a crash.
 */
export class AccountStore {
  readonly account: Account;
  readonly #folder: string;

  constructor(folder: string, accountId: string) {
    this.#folder = folder;
    mkdirSync(path.join(folder, 'blobs'), { recursive: true });
    const file = path.join(folder, 'account.json');
    this.account = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Account)
      : emptyAccount(accountId);
    if (this.account.id !== accountId)
      throw new Error(`${folder} holds account ${this.account.id}, not ${accountId}`);
  }

  /** Keeps what the account has become. */
  save(): void {
    const file = path.join(this.#folder, 'account.json');
    writeFileSync(`${file}.new`, JSON.stringify(this.account, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** Keeps bytes under a name: that of their digest, when none is given. */
  put(bytes: Uint8Array, digest: string = createHash('sha256').update(bytes).digest('hex')): string {
    writeFileSync(this.#blob(digest), bytes);
    return digest;
  }

  get(digest: string): Uint8Array {
    return readFileSync(this.#blob(digest));
  }

  #blob(digest: string): string {
    return path.join(this.#folder, 'blobs', digest);
  }
}
