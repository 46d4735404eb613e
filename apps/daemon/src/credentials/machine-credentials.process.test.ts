import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { COMMAND_KEYS, RENEWAL_TOKEN } from '../../test/test-credentials.ts';
import { diskLayout, type DiskLayout } from '../disk/layout.ts';
import type { CredentialClient } from './credential-client.ts';
import { keep, notePending, readKept, type KeptCredentials } from './kept-credentials.ts';
import { createMachineCredentials } from './machine-credentials.ts';

const spec = machineSpec();
const { machineId } = spec.identity;
const REFUSED = Object.assign(new Error('no'), { code: 'UNAUTHORIZED' });
const RETIRED = Object.assign(new Error('replaced'), { code: 'RETIRED' });

let disk: DiskLayout;
let now: number;
/** What the control plane was asked, oldest first. */
let asked: string[];
/** What it answers renewals with. */
let answer: () => Partial<Awaited<ReturnType<CredentialClient['renew']>>>;

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'fettle-credentials-'));
  disk = { ...diskLayout(root), bootstrapFiles: [join(root, 'fettle', 'bootstrap.json')] };
  now = 1_000_000;
  asked = [];
  answer = () => ({});
  await keep(disk, kept());
});
afterEach(async () => rm(disk.root, { recursive: true }));

function kept(overrides: Partial<KeptCredentials> = {}): KeptCredentials {
  const commandKeys = [COMMAND_KEYS.publicKey];
  return { machineId, renewal: RENEWAL_TOKEN, commandKeys, repositories: null, bootstrap: 'x', ...overrides };
}

function fresh(overrides: ReturnType<typeof answer>) {
  const commandKeys = [COMMAND_KEYS.publicKey];
  const standard = { renewal: null, commandKeys, repositories: null };
  return { token: `token-${asked.length}`, expiresInMs: 60_000, ...standard, ...overrides };
}

function credentials({ keeps = true } = {}) {
  const client: CredentialClient = {
    async renew(token, { rotate }) {
      asked.push(`renew ${token}${rotate ? ' rotate' : ''}`);
      return fresh(answer());
    },
    async bootstrap(token, claim) {
      asked.push(`bootstrap ${token}`);
      expect(JSON.parse(await readFile(disk.exchangeFile, 'utf8'))).toEqual({ machineId, token, claim });
      return fresh({ ...answer(), renewal: `renewal-of-${token}` });
    },
  };
  return createMachineCredentials({ disk, spec, keeps, client, now: () => now });
}

/** The token that a call is made with. */
const shown = (of: ReturnType<typeof credentials>) => of.withToken(async (token) => token);
const putBootstrap = (token: string) =>
  writeFile(disk.bootstrapFiles[0] ?? '', JSON.stringify({ machineId, token }), { mode: 0o400 });

describe('the machine token', () => {
  test('is renewed once for all who need it at the same time, and shown while it is good', async () => {
    const ours = credentials();
    expect(await Promise.all([shown(ours), shown(ours)])).toEqual(['token-1', 'token-1']);
    now += 50_000;
    expect(await shown(ours)).toBe('token-1');
    expect(asked).toEqual([`renew ${RENEWAL_TOKEN} rotate`]);
  });

  test('is renewed before a call that it could end under', async () => {
    const ours = credentials();
    await shown(ours);
    now += 50_001;
    expect(await shown(ours)).toBe('token-2');
  });

  test('comes with the answers to reports as well', async () => {
    const ours = credentials();
    await shown(ours);
    now += 30_000;
    ours.note({ token: 'of-a-report', expiresInMs: 60_000 });
    now += 45_000;
    expect(await shown(ours)).toBe('of-a-report');
    expect(asked).toHaveLength(1);
  });

  test('that is refused is renewed once, and the call repeated once', async () => {
    const tokens: string[] = [];
    const call = credentials().withToken(async (token) => {
      tokens.push(token);
      throw REFUSED;
    });
    await expect(call).rejects.toBe(REFUSED);
    expect(tokens).toEqual(['token-1', 'token-2']);
  });

  test('of another error is not blamed', async () => {
    const failure = new Error('away');
    await expect(credentials().withToken(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(asked).toHaveLength(1);
  });

  test('is not needed to know that the machine was replaced', async () => {
    answer = () => {
      throw RETIRED;
    };
    await expect(shown(credentials())).rejects.toBe(RETIRED);
  });
});

describe('what comes with a renewal', () => {
  const next = { renewal: 'next-renewal', commandKeys: ['N'.repeat(43)] };

  test('is on the disk, for its owner alone, before it is used', async () => {
    answer = () => (asked.length === 1 ? next : {});
    const ours = credentials();
    const token = await ours.withToken(async (shownToken) => {
      expect(readKept(disk, machineId)).toMatchObject(next);
      return shownToken;
    });
    expect(token).toBe('token-1');
    expect((await stat(disk.credentialsFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(disk.pidnapKeysFile, 'utf8')).toBe(`${next.commandKeys[0]}\n`);
    expect(ours.commandKeys()).toEqual(next.commandKeys);
    now += 60_000;
    await shown(ours);
    expect(asked.at(-1)).toBe('renew next-renewal rotate');
  });

  test('is fetched every hour although the machine token is good', async () => {
    const ours = credentials();
    await shown(ours);
    now += 3_600_000;
    ours.note({ token: 'of-a-report', expiresInMs: 60_000 });
    expect(await shown(ours)).toBe('token-2');
  });

  test('is neither asked for nor kept by a process that only borrows', async () => {
    answer = () => ({ commandKeys: next.commandKeys });
    await shown(credentials({ keeps: false }));
    expect(asked).toEqual([`renew ${RENEWAL_TOKEN}`]);
    expect(readKept(disk, machineId)).toEqual(kept());
  });

  test('is looked for when a command has a key that nobody knows, once a minute', async () => {
    const ours = credentials();
    answer = () => next;
    const seen = async () => {
      await ours.renewKeys();
      return ours.commandKeys();
    };
    expect(await Promise.all([seen(), seen()])).toEqual([next.commandKeys, next.commandKeys]);
    await ours.renewKeys();
    expect(asked).toHaveLength(1);
  });
});

describe('credentials that are refused for good', () => {
  beforeEach(() => {
    answer = () => {
      throw REFUSED;
    };
  });

  test('are tried again after a minute, and whoever comes earlier is told when', async () => {
    const ours = credentials();
    await expect(shown(ours)).rejects.toMatchObject({ name: 'RefusedCredentialsError' });
    now += 20_000;
    const early = await shown(ours).catch((error: { retryAfterMs: number }) => error.retryAfterMs);
    expect(early).toBeGreaterThanOrEqual(28_000);
    expect(early).toBeLessThanOrEqual(52_000);
    expect(asked).toHaveLength(1);
    now += 52_000;
    answer = () => ({});
    expect(await shown(ours)).toBe('token-2');
  });

  test('are replaced by what another process kept meanwhile', async () => {
    const ours = credentials();
    await keep(disk, kept({ renewal: 'kept-by-another' }));
    answer = () => {
      if (asked.at(-1) === `renew ${RENEWAL_TOKEN} rotate`) throw REFUSED;
      return {};
    };
    expect(await shown(ours)).toBe('token-2');
  });

  test('are replaced by a bootstrap token that was not used yet', async () => {
    const ours = credentials();
    await putBootstrap('another-token');
    answer = () => {
      if (asked.at(-1)?.startsWith('renew') === true) throw REFUSED;
      return {};
    };
    expect(await shown(ours)).toBe('token-2');
    expect(readKept(disk, machineId)?.renewal).toBe('renewal-of-another-token');
    await expect(stat(disk.bootstrapFiles[0] ?? '')).rejects.toThrow('ENOENT');
  });

  test('are replaced by what was begun and not answered, before another token could take its claim', async () => {
    await notePending(disk, { machineId, token: 'lost-answer', claim: 'C'.repeat(43) });
    await putBootstrap('of-an-earlier-epoch');
    answer = () => {
      if (asked.at(-1) !== 'bootstrap lost-answer') throw REFUSED;
      return {};
    };
    expect(await shown(credentials())).toBe('token-2');
    expect(asked).toEqual([`renew ${RENEWAL_TOKEN} rotate`, 'bootstrap lost-answer']);
  });

  test('are replaced by those that a command brings, at once, and its repeat does nothing', async () => {
    const ours = credentials();
    await expect(shown(ours)).rejects.toThrow();
    answer = () => ({});
    await ours.bootstrap('brought-token');
    await ours.bootstrap('brought-token');
    expect(asked.filter((one) => one.startsWith('bootstrap'))).toEqual(['bootstrap brought-token']);
    expect(await shown(ours)).toBe('token-2');
    expect(readKept(disk, machineId)?.renewal).toBe('renewal-of-brought-token');
  });

  test('are replaced once by a command that comes again before its answer, with whatever else is under way', async () => {
    answer = () => ({});
    const ours = credentials();
    await Promise.all([
      shown(ours),
      ours.bootstrap('brought-token'),
      ours.bootstrap('brought-token'),
      ours.bootstrap('another-token'),
    ]);
    expect(asked.filter((one) => one.startsWith('bootstrap'))).toEqual([
      'bootstrap brought-token',
      'bootstrap another-token',
    ]);
    expect(readKept(disk, machineId)?.renewal).toBe('renewal-of-another-token');
  });

  test('take commands under the keys that are known', () => {
    expect(credentials().commandKeys()).toEqual([COMMAND_KEYS.publicKey]);
  });
});

test('a machine without credentials takes commands under the keys of its spec, and can be given some', async () => {
  await rm(disk.credentialsFile);
  const ours = credentials();
  await expect(shown(ours)).rejects.toMatchObject({ name: 'RefusedCredentialsError' });
  expect(ours.commandKeys()).toEqual(spec.commandKeys);
  await ours.bootstrap('brought-token');
  expect(await shown(ours)).toBe('token-1');
});

test('what must not be told is everything secret that it knows, passwords of repositories included', async () => {
  const repositories = {
    platform: 'https://x-access-token:ghs-like%2Fpass@git.example/platform.git',
    customer: 'https://user-that-is-a-token@git.example/customer.git',
  };
  answer = () => ({ repositories });
  const ours = credentials();
  await shown(ours);
  expect(ours.secrets()).toEqual(['token-1', RENEWAL_TOKEN, 'ghs-like/pass', 'user-that-is-a-token']);
});

test('what is on a disk that was copied from another machine is not this one’s', async () => {
  await keep(disk, kept({ machineId: 'demo.web-1.2' }));
  await expect(shown(credentials())).rejects.toMatchObject({ name: 'RefusedCredentialsError' });
  expect(asked).toEqual([]);
});
