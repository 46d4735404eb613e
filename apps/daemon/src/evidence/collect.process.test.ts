import { InsideEvidence } from '@fettle/contract';
import { mkdir, readFile, readdir, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestEvidenceStore, type TestEvidenceStore } from '../../test/test-evidence-store.ts';
import { git } from '../../test/test-git.ts';
import { MACHINE_TOKEN, RENEWAL_TOKEN } from '../../test/test-credentials.ts';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';

let world: TestWorld;
let repositories: TestRepositories;
let store: TestEvidenceStore;
let machine: TestMachine;
let checkout: string;
let bundles = 0;

beforeAll(async () => {
  world = await makeTestWorld();
  repositories = await world.repositories();
  const server = (await git(join(repositories.dir, 'customer.git'), ['show', 'main:server.mjs'])) + '\n';
  await repositories.pushCustomerFiles({
    'server.mjs': `${server}console.log('I know ${MACHINE_TOKEN} and http://user:hunter2@host/');\nconsole.log('-----BEGIN ' + 'PRIVATE KEY-----\\nMIIEplanted\\n-----END ' + 'PRIVATE KEY-----');\n`,
  });
  store = await startTestEvidenceStore();
  machine = await makeTestMachine(world, repositories, { controlUrl: store.url });
  await machine.boot();
  checkout = join(machine.disk.current, 'customer');
});

afterEach(() => {
  store.mode = 'keep';
  store.parts.clear();
});

afterAll(async () => {
  await machine?.shutDown();
  await store?.close();
  await world?.remove();
});

async function collect({ deadline = 20_000 } = {}) {
  bundles += 1;
  const id = String(bundles);
  const { root } = machine.disk;
  const ran = await machine.run(
    'evidence',
    'collect',
    '--root',
    root,
    '--id',
    id,
    '--deadline',
    `${deadline}`,
  );
  if (ran.exitCode !== 0) throw new Error(`The collection failed: ${ran.stderr}`);
  const part = (name: string) => store.parts.get(`${id}/${name}`)?.toString('utf8') ?? '';
  return { ...ran, inside: v.parse(InsideEvidence, JSON.parse(ran.lastLine)), part };
}

/** Everything that somebody who works in the checkout would notice. */
async function trace(): Promise<unknown> {
  const index = await readFile(join(checkout, '.git', 'index'), 'base64');
  const refs = await git(checkout, ['for-each-ref']);
  const objects = await git(checkout, ['count-objects', '-v']);
  const status = await git(checkout, ['--no-optional-locks', 'status', '--porcelain']);
  return { index, refs, objects, status, stash: await git(checkout, ['stash', 'list']) };
}

describe('evidence of a machine that nobody has touched', () => {
  test('has its processes, its room and its logs, and no work', async () => {
    const { inside, part } = await collect();
    expect(inside).toMatchObject({ work: [], missing: [], stored: ['logs.txt', 'inside.json'] });
    const commands = inside.processes.map(({ command }) => command).join('\n');
    expect(commands).toContain('server.mjs');
    expect(commands).toContain('daemon.cjs');
    expect(commands).toContain(`boot --root ${machine.disk.root}`);
    expect(commands).not.toContain('vitest');
    expect(inside.disk?.freeMb).toBeGreaterThan(0);
    expect(inside.repositories).toEqual([
      { repository: 'platform', commit: repositories.heads.platform, status: [] },
      { repository: 'customer', commit: expect.stringMatching(/^[0-9a-f]{40}$/), status: [] },
    ]);
    expect(JSON.parse(part('inside.json'))).toEqual(inside);
    expect(part('logs.txt')).toContain('Guestbook 1.4.0 listens');
  });

  test('holds no secret that its programs have printed or were started with', async () => {
    const { part } = await collect();
    expect(part('logs.txt')).toContain('I know [redacted] and http://user:[redacted]@host/');
    for (const content of store.parts.values())
      for (const secret of [MACHINE_TOKEN, RENEWAL_TOKEN, 'hunter2', 'MIIEplanted'])
        expect(content.includes(secret)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('is there also while its supervisor hangs', async () => {
    const supervisor = machine.supervisor();
    supervisor.kill('SIGSTOP');
    try {
      const { inside } = await collect();
      expect(inside.stored).toEqual(['logs.txt', 'inside.json']);
      expect(inside.processes.find(({ pid }) => pid === supervisor.pid)?.state).toContain('stopped');
    } finally {
      supervisor.kill('SIGCONT');
    }
  });
});

describe('evidence of a machine with work in a checkout', () => {
  beforeAll(async () => {
    await writeFile(join(checkout, 'README.md'), '# Changed\n');
    await unlink(join(checkout, 'CHANGELOG.md'));
    await writeFile(join(checkout, 'release.json'), '{"version":"9.9.9","title":"staged"}\n');
    await git(checkout, ['add', 'release.json']);
    await writeFile(join(checkout, 'new file'), 'new\n');
    await writeFile(join(checkout, 'node_modules', 'ignored'), 'not work\n');
  });

  afterAll(async () => {
    await git(checkout, ['reset', '--quiet', '--hard']);
    await rm(join(checkout, 'new file'));
  });

  test('has all of it, and the checkout stays as it is', async () => {
    const before = await trace();
    const { inside, part } = await collect();
    expect(await trace()).toEqual(before);
    const head = await git(checkout, ['rev-parse', 'HEAD']);
    expect(inside.work).toEqual([
      {
        repository: 'customer',
        base: head,
        commit: expect.stringMatching(/^[0-9a-f]{40}$/),
        files: 4,
        bytes: store.parts.get(`${bundles}/work-customer.bundle`)?.length,
      },
    ]);
    expect(inside.stored).toEqual(['logs.txt', 'work-customer.bundle', 'changes.diff', 'inside.json']);
    expect(inside.repositories[1]?.status).toEqual([
      ' D CHANGELOG.md',
      ' M README.md',
      'M  release.json',
      '?? "new file"',
    ]);
    const diff = part('changes.diff');
    for (const line of ['+++ b/customer/README.md', '--- a/customer/CHANGELOG.md', '+new', '+# Changed'])
      expect(diff).toContain(line);
    expect(diff).not.toContain('not work');
  });

  test('has what can be had when a file in it is too large to be work', async () => {
    const large = join(checkout, 'core.dump');
    await writeFile(large, '');
    await truncate(large, 200 * 1024 * 1024);
    try {
      const { inside, part } = await collect();
      expect(inside.work).toEqual([]);
      expect(inside.missing).toEqual([
        { part: 'work-customer.bundle', why: 'changed and new files have more than 134217728 bytes' },
      ]);
      expect(part('changes.diff')).toContain('+# Changed');
    } finally {
      await unlink(large);
    }
  });

  test('has all of it twice when it is asked for again meanwhile, and what a killed one left is removed', async () => {
    const ofNobody = 2 ** 22 + 1; // no process has a number as high as this
    await mkdir(join(machine.disk.scratch, String(ofNobody), 'left'), { recursive: true });
    const both = await Promise.all([collect(), collect()]);
    expect(both.map(({ inside }) => inside.missing)).toEqual([[], []]);
    expect(both.map(({ inside }) => inside.work.length)).toEqual([1, 1]);
    expect(await readdir(machine.disk.root)).not.toContain('scratch');
  });

  test('has all of it also when the control plane was busy at the first try', async () => {
    store.mode = 'busy-once';
    expect((await collect()).inside.missing).toEqual([]);
  });

  test.each([
    ['refuses', 'refuse', 'the control plane answered with status 413'],
    ['is a login page', 'html', 'the control plane answered with status 200'],
    ['hangs', 'hang', 'it was not done in time'],
  ] as const)('says what is missing when the control plane %s, and ends', async (_, mode, why) => {
    store.mode = mode;
    const { inside } = await collect({ deadline: 2500 });
    expect(inside.stored).toEqual([]);
    expect(inside.missing.find(({ part }) => part === 'logs.txt')?.why).toBe(why);
    expect(inside.missing.map(({ part }) => part)).toContain('inside.json');
    expect(inside.processes.length).toBeGreaterThan(0);
    expect(await readdir(machine.disk.root)).not.toContain('scratch');
  });
});

test('an id that is none is refused', async () => {
  const { root } = machine.disk;
  const { exitCode, stderr } = await machine.run('evidence', 'collect', '--root', root, '--id', '../1');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--id: expected the number of a bundle');
});
