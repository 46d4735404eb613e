import { readFile, readdir, readlink, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { applyProcessDefinition, applyProcessName } from '@fettle/core/version-change';
import { VersionChangeResultLine } from '@fettle/contract';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';
import { waitFor } from '../../test/wait-for.ts';
import { takeLock } from './lock.ts';

const EXAMPLE = join(import.meta.dirname, '../../../../examples/customer-service');

let world: TestWorld;
let repositories: TestRepositories;
let machine: TestMachine;

beforeAll(async () => {
  world = await makeTestWorld();
  repositories = await world.repositories();
  machine = await makeTestMachine(world, repositories);
  await machine.boot();
});

afterAll(async () => {
  await machine?.shutDown();
  await world?.remove();
});

async function pidOf(name: string): Promise<number | null> {
  return (await machine.pidnap.get({ name })).pid;
}

async function untilWebServes(release: string): Promise<void> {
  await waitFor(`the service serves ${release}`, async () => (await machine.webRelease()) === release);
}

/** Runs a change that has to fail and checks that it changed nothing. */
async function failedChange(...args: string[]) {
  const before = {
    set: await readlink(machine.disk.current),
    pid: await pidOf('web'),
    release: await machine.webRelease(),
  };
  const change = await machine.apply(...args);
  const after = {
    set: await readlink(machine.disk.current),
    pid: await pidOf('web'),
    release: await machine.webRelease(),
  };
  expect(after).toEqual(before);
  expect(await leftoverCheckouts()).toEqual([]);
  return change;
}

/** Checkouts that no set refers to. */
async function leftoverCheckouts(): Promise<string[]> {
  const kept = new Set<string>();
  for (const set of await readdir(machine.disk.sets)) {
    for (const repository of ['platform', 'customer']) {
      kept.add((await readlink(join(machine.disk.sets, set, repository))).split('/').at(-1) ?? '');
    }
  }
  return (await readdir(machine.disk.checkouts)).filter((name) => !kept.has(name));
}

describe('a change to a version that works', () => {
  test('switches at one moment, restarts the services and leaves the daemon alone', async () => {
    const commit = await repositories.pushGoodCustomer();
    const [daemonPid, webPid] = [await pidOf('daemon'), await pidOf('web')];
    const file = join(machine.disk.current, 'customer', 'release.json');
    const seen = new Set<string>();
    const change = machine.apply('--customer', 'main', '--action', 'demo.web-1.1/2');
    const ended = change.then(() => true);
    while (!(await Promise.race([ended, setImmediate(false)]))) {
      seen.add((JSON.parse(await readFile(file, 'utf8')) as { version: string }).version);
    }
    const { exitCode, result } = await change;
    const platform = repositories.heads.platform;
    expect({ exitCode, result }).toEqual({
      exitCode: 0,
      result: {
        ok: true,
        versions: { image: 'image-1', platform, customer: commit },
        previous: { image: 'image-1', ...repositories.heads },
        changed: ['customer'],
        durationMs: expect.any(Number),
      },
    });
    expect([...seen].toSorted()).toEqual(['1.4.0', '1.5.0']);
    await untilWebServes('1.5.0');
    expect(await pidOf('web')).not.toBe(webPid);
    expect(await pidOf('daemon')).toBe(daemonPid);
  });

  test('does nothing when it is current already', async () => {
    const [set, pid] = [await readlink(machine.disk.current), await pidOf('web')];
    const { result } = await machine.apply('--customer', 'main', '--action', 'demo.web-1.1/3');
    expect(result).toMatchObject({ ok: true, changed: [] });
    expect([await readlink(machine.disk.current), await pidOf('web')]).toEqual([set, pid]);
  });

  test('makes everything anew when it is to be fresh, and keeps one set to go back to', async () => {
    const [daemonPid, webPid] = [await pidOf('daemon'), await pidOf('web')];
    const { customer } = (await machine.daemon.versions()) ?? { customer: '' };
    const args = ['--platform', repositories.heads.platform, '--customer', customer, '--fresh'];
    const { result } = await machine.apply(...args, '--action', 'demo.web-1.1/4');
    expect(result).toMatchObject({ ok: true, changed: ['platform', 'customer'] });
    await waitFor('both run anew', async () => {
      const pids = [await pidOf('daemon'), await pidOf('web')];
      return pids[0] !== daemonPid && pids[1] !== webPid && !pids.includes(null);
    });
    expect(await readdir(machine.disk.sets)).toHaveLength(2);
    expect(await leftoverCheckouts()).toEqual([]);
  });

  test('goes back to an old commit while the repositories are away', async () => {
    const away = `${repositories.dir}-away`;
    await rename(repositories.dir, away);
    try {
      const { platform, customer } = repositories.heads;
      const args = ['--platform', platform, '--customer', customer, '--fresh', '--action', 'demo.web-1.1/5'];
      expect((await machine.apply(...args)).result).toMatchObject({
        ok: true,
        versions: { platform, customer },
      });
      await untilWebServes('1.4.0');
    } finally {
      await rename(away, repositories.dir);
    }
  });

  test('can be asked of pidnap as a one-shot process', async () => {
    const commit = await repositories.pushGoodCustomer();
    const action = { id: 'demo.web-1.1/6', sequence: 6 };
    const checkout = (await machine.pidnap.get({ name: 'checkout' })).definition;
    const definition = applyProcessDefinition(checkout, { action, refs: { customer: 'main' }, fresh: false });
    await machine.pidnap.add({ name: 'apply-6', actionId: action.id, definition });
    const { process } = await machine.pidnap.wait({ name: 'apply-6', until: 'ended' });
    expect(process).toMatchObject({ state: 'completed', exitCode: 0 });
    const { lines } = await machine.pidnap.logs({ name: 'apply-6' });
    const last = lines.findLast(({ stream }) => stream === 'stdout')?.text;
    expect(v.parse(VersionChangeResultLine, last)).toMatchObject({
      ok: true,
      versions: { customer: commit },
    });
    await untilWebServes('1.6.0');
  });
});

test('old changes are forgotten by pidnap, so that their number stays small', async () => {
  const checkout = (await machine.pidnap.get({ name: 'checkout' })).definition;
  const refs = { platform: repositories.heads.platform };
  for (const sequence of [50, 51, 52, 53, 54, 55, 56, 57]) {
    const action = { id: `demo.web-1.1/${sequence}`, sequence };
    const definition = applyProcessDefinition(checkout, { action, refs, fresh: false });
    await machine.pidnap.add({ name: applyProcessName(action), actionId: action.id, definition });
    await machine.pidnap.wait({ name: applyProcessName(action), until: 'completed' });
  }
  const names = (await machine.pidnap.list())
    .map(({ name }) => name)
    .filter((name) => name.startsWith('apply-'));
  expect(names.toSorted()).toEqual(['apply-52', 'apply-53', 'apply-54', 'apply-55', 'apply-56', 'apply-57']);
});

test('a current set that is damaged is replaced by a change, and what is left of the others stays until then', async () => {
  const before = await readdir(machine.disk.checkouts);
  await rm(join(machine.disk.current, 'set.json'));
  const { exitCode } = await machine.apply('--customer', 'no-such-branch', '--action', 'demo.web-1.1/60');
  expect(exitCode).toBe(13);
  expect(await readdir(machine.disk.checkouts)).toEqual(before);
  const { platform, customer } = repositories.heads;
  const { result } = await machine.apply('--customer', customer, '--action', 'demo.web-1.1/61');
  expect(result).toMatchObject({ ok: true, previous: null, versions: { platform, customer } });
  await untilWebServes('1.4.0');
});

describe('a change that fails leaves the running version alone and says where it failed', () => {
  test('a ref that is not there', async () => {
    const { exitCode, result } = await failedChange(
      '--customer',
      'no-such-branch',
      '--action',
      'demo.web-1.1/110',
    );
    expect({ exitCode, result }).toMatchObject({
      exitCode: 13,
      result: { ok: false, step: 'resolve', code: 'NOT_FOUND' },
    });
  });

  test('a commit that nobody has', async () => {
    const { result } = await failedChange('--platform', 'd'.repeat(40), '--action', 'demo.web-1.1/111');
    expect(result).toMatchObject({ step: 'resolve', code: 'NOT_FOUND' });
  });

  test('a repository that is away', async () => {
    const away = `${repositories.dir}-away`;
    await rename(repositories.dir, away);
    try {
      const { exitCode, result } = await failedChange('--customer', 'main', '--action', 'demo.web-1.1/112');
      expect({ exitCode, result }).toMatchObject({
        exitCode: 12,
        result: { step: 'fetch', code: 'REPOSITORY_UNREACHABLE' },
      });
    } finally {
      await rename(away, repositories.dir);
    }
  });

  test('a dependency that is not what the lockfile says', async () => {
    const lock = await readFile(join(EXAMPLE, 'package-lock.json'), 'utf8');
    const other = lock.replace(/"integrity": "sha512-[^"]+"/, `"integrity": "sha512-${'A'.repeat(86)}=="`);
    await repositories.pushCustomerFiles({ 'package-lock.json': other });
    const { exitCode, result } = await failedChange('--customer', 'main', '--action', 'demo.web-1.1/113');
    expect({ exitCode, result }).toMatchObject({
      exitCode: 15,
      result: { step: 'install', code: 'COMMAND_FAILED' },
    });
    expect(result?.ok === false && result.message).toContain('EINTEGRITY');
  });

  test('dependencies without a lockfile', async () => {
    await repositories.removeCustomerFile('package-lock.json');
    const { result } = await failedChange('--customer', 'main', '--action', 'demo.web-1.1/114');
    expect(result).toMatchObject({ step: 'install', code: 'VERSION_UNUSABLE' });
  });

  test('an entry file that does not parse', async () => {
    const lock = await readFile(join(EXAMPLE, 'package-lock.json'), 'utf8');
    await repositories.pushCustomerFiles({ 'package-lock.json': lock, 'server.mjs': 'const = ;' });
    const { exitCode, result } = await failedChange('--customer', 'main', '--action', 'demo.web-1.1/115');
    expect({ exitCode, result }).toMatchObject({
      exitCode: 16,
      result: { step: 'verify', code: 'VERSION_UNUSABLE' },
    });
  });

  test('arguments that are none', async () => {
    const { exitCode, result } = await failedChange(
      '--customer',
      '--upload-pack=x',
      '--action',
      'demo.web-1.1/116',
    );
    expect({ exitCode, result }).toMatchObject({
      exitCode: 2,
      result: { step: 'input', code: 'BAD_REQUEST' },
    });
  });

  test('an action that is older than the one that made the current versions', async () => {
    const { exitCode, result } = await failedChange('--customer', 'main', '--action', 'demo.web-1.1/1');
    expect({ exitCode, result }).toMatchObject({
      exitCode: 11,
      result: { step: 'fence', code: 'STALE_ACTION' },
    });
  });

  test('a second change at the same time', async () => {
    await repositories.pushGoodCustomer();
    const args = ['--customer', 'main', '--action', 'demo.web-1.1/120'];
    const held = takeLock(machine.disk.lock);
    try {
      expect(await failedChange(...args)).toMatchObject({
        exitCode: 10,
        result: { step: 'lock', code: 'BUSY' },
      });
    } finally {
      held[Symbol.dispose]();
    }
    expect((await machine.apply(...args)).result).toMatchObject({ ok: true });
  });
});

test('a customer version that installs and then throws is switched to: whether it works is for health to say', async () => {
  const commit = await repositories.pushBadCustomer();
  expect((await machine.apply('--customer', commit, '--action', 'demo.web-1.1/130')).result).toMatchObject({
    ok: true,
  });
  await waitFor('pidnap sees it crash', async () => (await machine.pidnap.get({ name: 'web' })).restarts > 0);
  const args = ['--customer', repositories.heads.customer, '--fresh', '--action', 'demo.web-1.1/131'];
  expect((await machine.apply(...args)).result).toMatchObject({ ok: true, previous: { customer: commit } });
  await untilWebServes('1.4.0');
});
