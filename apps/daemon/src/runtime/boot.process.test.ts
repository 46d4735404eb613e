import { MACHINE_VARIABLE } from '@fettle/contract';
import { readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RENEWAL_TOKEN } from '../../test/test-credentials.ts';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';
import { waitFor } from '../../test/wait-for.ts';

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

describe('a machine that boots', () => {
  test('runs the versions that its spec names, the service healthy in the eyes of pidnap', async () => {
    await waitFor('pidnap finds the service healthy', async () => {
      return (await machine.pidnap.get({ name: 'web' })).health.status === 'healthy';
    });
    expect(await machine.webRelease()).toBe('1.4.0');
    expect(await machine.daemon.versions()).toEqual({ image: 'image-1', ...repositories.heads });
  });

  test('keeps the data of its service on its disk', async () => {
    const body = 'I was <here>';
    const answer = await machine
      .fetchWeb('/entries')
      .then(() => fetch(`http://127.0.0.1:${machine.ports.web}/entries`, { method: 'POST', body }));
    expect(answer.status).toBe(201);
    expect(await readFile(join(machine.disk.data, 'guestbook.jsonl'), 'utf8')).toContain(body);
    expect(await (await machine.fetchWeb('/')).text()).toContain('I was &lt;here&gt;');
  });

  test.runIf(process.platform === 'linux')('tells no process a token', async () => {
    const views = (await machine.pidnap.list()).filter(({ pid }) => pid !== null);
    expect(views.map(({ name }) => name).toSorted()).toEqual(['daemon', 'web']);
    for (const { pid } of views) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      expect(environment).toContain(`FETTLE_ROOT=${machine.disk.root}`);
      expect(environment).not.toContain(RENEWAL_TOKEN);
    }
  });

  test('takes commands for pidnap over the network from nobody who cannot sign', async () => {
    const url = `http://127.0.0.1:${machine.ports.pidnap}/rpc/v1/list`;
    const headers = { authorization: `Bearer ${RENEWAL_TOKEN}` };
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(401);
    expect((await machine.pidnap.list()).length).toBeGreaterThan(2);
  });

  test('boots again from its disk while the repositories are away, with the same checkout and data', async () => {
    const before = await readlink(machine.disk.current);
    await machine.shutDown();
    await rm(repositories.dir, { recursive: true });
    await machine.boot();
    expect(await readlink(machine.disk.current)).toBe(before);
    const entries = (await (await machine.fetchWeb('/entries')).json()) as unknown[];
    expect(entries).toHaveLength(1);
  });
});

test.runIf(process.platform === 'linux')(
  'a machine writes to its disk what its environment tells, over what is there, and keeps it from everything that it starts',
  async () => {
    const told = await makeTestMachine(world, await world.repositories());
    const spec = await readFile(told.disk.machineFile, 'utf8');
    await writeFile(told.disk.machineFile, JSON.stringify({ of: 'another generation' }));
    try {
      await told.boot({ [MACHINE_VARIABLE]: spec });
      expect(JSON.parse(await readFile(told.disk.machineFile, 'utf8'))).toEqual(JSON.parse(spec));
      const modes = [told.disk.machineFile, told.disk.credentialsFile].map(
        async (path) => (await stat(path)).mode & 0o777,
      );
      expect(await Promise.all(modes)).toEqual([0o644, 0o600]);
      for (const { pid } of await told.pidnap.list()) {
        if (pid === null) continue;
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
        expect(environment).not.toContain(MACHINE_VARIABLE);
      }
      expect(await told.daemon.versions()).not.toBeNull();
    } finally {
      await told.shutDown();
    }
  },
);

test('a machine whose repository comes late is ready once it is there', async () => {
  const late = await world.repositories();
  const hidden = { ...late, customerUrl: `${late.customerUrl}.late` };
  const waiting = await makeTestMachine(world, hidden);
  try {
    const booted = waiting.boot();
    await waitFor('the first checkout failed', async () => {
      const { state, exitCode } = await waiting.pidnap.get({ name: 'checkout' });
      return state === 'backing-off' && exitCode === 12;
    });
    await rename(join(late.dir, 'customer.git'), join(late.dir, 'customer.git.late'));
    await booted;
    expect(await waiting.webRelease()).toBe('1.4.0');
  } finally {
    await waiting.shutDown();
  }
});
