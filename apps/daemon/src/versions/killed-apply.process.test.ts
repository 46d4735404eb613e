import { once } from 'node:events';
import { readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';
import { waitFor } from '../../test/wait-for.ts';
import { noteRestartDue } from './restart-due.ts';
import { readCurrentSet } from './current-set.ts';

let world: TestWorld;
let repositories: TestRepositories;
let machine: TestMachine;
let sequence = 1;

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

function action(): string {
  sequence += 1;
  return `demo.web-1.1/${sequence}`;
}

async function pidOf(name: string): Promise<number | null> {
  return (await machine.pidnap.get({ name })).pid;
}

/** Starts a change to the newest customer version. */
function startChange(): ChildProcess {
  const child = machine.startApply('--customer', 'main', '--action', action());
  child.stdout?.resume();
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.stderr?.resume();
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Resolves when the change says that it is at this point, or has ended. */
async function untilItSays(child: ChildProcess, text: string): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await waitFor(`the change says "${text}"`, () => said.includes(text) || child.exitCode !== null);
}

/** What must hold after a kill at any point: one set is current, whole, and one of the two it can be. */
async function expectRunnable(commits: readonly string[]): Promise<void> {
  const current = readCurrentSet(machine.disk);
  expect(commits).toContain(current?.versions.customer);
  const entry = join(machine.disk.current, 'customer', 'node_modules', 'escape-html', 'package.json');
  expect(await readdir(join(entry, '..'))).toContain('package.json');
  await waitFor('the service answers', async () => (await machine.fetchWeb('/healthz')).ok);
}

/** The next change succeeds, removes what the killed one left, and its version is what runs. */
async function expectNextChangeWorks(commit: string): Promise<void> {
  const { result, stderr } = await machine.apply('--customer', 'main', '--action', action());
  if (!result?.ok) throw new Error(`The change failed: ${stderr}`);
  expect(result).toMatchObject({ ok: true, versions: { customer: commit } });
  const current = await readlink(join(machine.disk.current, 'customer'));
  expect(current).toContain(commit);
  await waitFor('the service runs from the new checkout', async () => {
    const { pid, state } = await machine.pidnap.get({ name: 'web' });
    return (
      state === 'running' && (await readlink(`/proc/${pid}/cwd`)).endsWith(current.split('/').at(-1) ?? '')
    );
  });
  const sets = await readdir(machine.disk.sets);
  const used = await Promise.all(
    sets.flatMap((set) =>
      ['platform', 'customer'].map((name) => readlink(join(machine.disk.sets, set, name))),
    ),
  );
  const checkouts = await readdir(machine.disk.checkouts);
  expect(sets.length).toBeLessThanOrEqual(2);
  expect(checkouts.toSorted()).toEqual([...new Set(used.map((path) => path.split('/').at(-1)))].toSorted());
  const left = (await readdir(machine.disk.versions)).filter((name) => /\.partial$|^restart-due/.test(name));
  expect(left).toEqual([]);
}

describe.runIf(process.platform === 'linux')('a change that is killed', () => {
  test.each(['Resolving customer', 'Checking out customer', 'Installing customer', 'Current is set'])(
    'when it says "%s" leaves a version that can run, and the next change finishes the work',
    async (text) => {
      const before = readCurrentSet(machine.disk)?.versions.customer ?? '';
      const commit = await repositories.pushGoodCustomer();
      const child = startChange();
      await untilItSays(child, text);
      await kill(child);
      await expectRunnable([before, commit]);
      await expectNextChangeWorks(commit);
    },
  );

  // A whole change takes about half a second here; every run spreads its kills over all of it.
  test('again and again, wherever the kill falls, leaves a version that can run', async () => {
    const before = readCurrentSet(machine.disk)?.versions.customer ?? '';
    const commit = await repositories.pushGoodCustomer();
    // Work that has to be saved on the way.
    await writeFile(join(machine.disk.current, 'customer', 'work.txt'), 'never committed\n');
    for (let afterMs = 60; afterMs <= 900; afterMs += 60) {
      const child = startChange();
      await Promise.race([delay(afterMs), once(child, 'exit')]);
      await kill(child);
      await expectRunnable([before, commit]);
    }
    await expectNextChangeWorks(commit);
    expect(await readdir(machine.disk.savedWork)).not.toEqual([]);
  });

  test('between the switch and the restart has the restarts made up for by the next change', async () => {
    const set = readCurrentSet(machine.disk)?.number ?? 0;
    await noteRestartDue(machine.disk, { set, processes: ['web'] });
    expect(await machine.daemon.versions()).toBeNull();
    const [webPid, daemonPid] = [await pidOf('web'), await pidOf('daemon')];
    const { result } = await machine.apply('--customer', 'main', '--action', action());
    expect(result).toMatchObject({ ok: true, changed: [] });
    await waitFor('the service runs anew', async () => ![null, webPid].includes(await pidOf('web')));
    expect(await pidOf('daemon')).toBe(daemonPid);
    expect(await machine.daemon.versions()).not.toBeNull();
  });
});

describe('the cache of a repository', () => {
  test('with locks that a killed git left does not block a change', async () => {
    const cache = join(machine.disk.gitCaches, 'customer.git');
    for (const lock of ['packed-refs.lock', 'refs/heads/main.lock', 'config.lock']) {
      await writeFile(join(cache, lock), '');
    }
    const commit = await repositories.pushGoodCustomer();
    await expectNextChangeWorks(commit);
  });

  test('that is broken is made anew', async () => {
    const cache = join(machine.disk.gitCaches, 'customer.git');
    await rm(join(cache, 'HEAD'));
    await writeFile(join(cache, 'packed-refs'), 'not refs at all');
    const commit = await repositories.pushGoodCustomer();
    await expectNextChangeWorks(commit);
  });
});
