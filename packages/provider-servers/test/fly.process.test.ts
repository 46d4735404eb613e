import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openFlyServer, type ProviderServer } from '../src/index.ts';
import { asker, until, type Ask } from './ask.ts';
import { startLocalHost, type LocalHost } from './local-host.ts';
import { bootEnvironment } from './orders.ts';

const KEY = 'key-of-the-fly-server-test';
let host: LocalHost;
let server: ProviderServer;
let image: string;
let clock = 0;
const badAnswers: string[] = [];

const open = () =>
  openFlyServer({
    state: host.folder('fly'),
    hostUrl: host.url,
    hostToken: host.token,
    key: KEY,
    regions: ['fra', 'ams'],
    listDelayMs: 0,
    // Every look at the clock is a second later: limits never stand in the way of a test.
    now: () => Date.now() + (clock += 1000),
    log: (message) => console.error(message),
    onBadAnswer: (message) => badAnswers.push(message),
  });

/** Asks the server that runs at the moment. */
const ask: Ask = (...question) => asker(server.url, KEY)(...question);

beforeAll(async () => {
  host = await startLocalHost('fly');
  server = await open();
  image = await host.image();
  expect((await ask('POST', '/apps', { name: 'fleet', org_slug: 'ours' })).status).toBe(201);
});

afterEach(() => {
  server.faults.clear();
  expect(badAnswers.splice(0)).toEqual([]);
});

afterAll(async () => {
  await server.close();
  await host.close();
});

const configOf = (slot: string, also: object = {}) => ({ image, env: bootEnvironment(slot, 'fly'), ...also });

async function createMachine(slot: string, also: object = {}, config: object = {}) {
  const created = await ask('POST', '/apps/fleet/machines', {
    name: slot,
    config: configOf(slot, config),
    ...also,
  });
  expect(created).toMatchObject({ status: 200 });
  return `/apps/fleet/machines/${String(created.body['id'])}`;
}

const reaches = (path: string, state: string) =>
  until(
    () => ask('GET', path),
    ({ body }) => body['state'] === state,
  );

test('a machine with a volume lives, is stopped, started, updated, and leaves its volume behind', async () => {
  const volume = await ask('POST', '/apps/fleet/volumes', { name: 'data', region: 'fra', size_gb: 3 });
  const volumePath = `/apps/fleet/volumes/${String(volume.body['id'])}`;
  const mounts = [{ volume: volume.body['id'], path: '/data' }];
  const path = await createMachine('life', { region: 'fra' }, { mounts });
  expect((await ask('GET', `${path}/wait?state=started&timeout=30`)).body).toMatchObject({
    ok: true,
    state: 'started',
  });
  expect((await ask('GET', volumePath)).body['attached_machine_id']).toBe(path.split('/').at(-1));

  const printed = await ask('POST', `${path}/exec`, {
    command: ['sh', '-c', 'cat; exit 3'],
    stdin: "it's\n",
  });
  expect(printed.body).toMatchObject({ exit_code: 3, stdout: "it's\n" });
  const { body: processes } = await ask('GET', `${path}/ps`);
  expect(processes.map((each) => (each as { command: string }).command).join('\n')).toContain('runtime');

  expect((await ask('POST', `${path}/stop`)).status).toBe(200);
  await reaches(path, 'stopped');
  expect((await ask('POST', `${path}/exec`, { command: ['true'] })).status).toBe(412);
  expect((await ask('POST', `${path}/start`)).status).toBe(200);
  const before = await reaches(path, 'started');

  const updated = await ask('POST', path, {
    config: configOf('life', { mounts, metadata: { step: 'two' } }),
    current_version: before.body['instance_id'],
  });
  expect(updated.body['instance_id']).not.toBe(before.body['instance_id']);
  await reaches(path, 'started');
  expect(
    (await ask('POST', path, { config: configOf('life', { mounts }), current_version: 'old' })).status,
  ).toBe(412);

  expect((await ask('DELETE', volumePath)).status).toBe(409);
  expect((await ask('DELETE', path)).status).toBe(412);
  expect((await ask('DELETE', `${path}?force=true`)).status).toBe(200);
  await reaches(path, 'destroyed');
  expect((await ask('GET', '/apps/fleet/machines')).body).toEqual([]);
  expect((await ask('GET', volumePath)).body['attached_machine_id']).toBeUndefined();
  expect((await ask('DELETE', volumePath)).body).toMatchObject({ state: 'pending_destroy' });
  await until(
    () => ask('GET', volumePath),
    ({ status }) => status === 404,
  );
});

test('a lease keeps everybody else from changing a machine', async () => {
  const path = await createMachine('leased');
  await reaches(path, 'started');
  const lease = await ask('POST', `${path}/lease`, { ttl: 600, description: 'ours' });
  expect(lease).toMatchObject({ status: 201, body: { description: 'ours' } });
  const nonce = { 'fly-machine-lease-nonce': String(lease.body['nonce']) };
  const refused = await ask('POST', `${path}/stop`);
  expect(refused).toMatchObject({ status: 409, body: { status: 'unknown' } });
  expect(refused.body['error']).toContain('lease currently held by');
  expect((await ask('POST', `${path}/lease`, { ttl: 600 })).status).toBe(409);
  expect(
    (await ask('DELETE', `${path}?force=true`, undefined, { 'fly-machine-lease-nonce': 'another' })).status,
  ).toBe(409);
  expect((await ask('POST', `${path}/metadata/note`, { value: 'no lease needed' })).status).toBe(204);
  expect((await ask('POST', `${path}/lease`, { ttl: 600 }, nonce)).body['nonce']).toBe(lease.body['nonce']);
  expect((await ask('POST', `${path}/stop`, undefined, nonce)).status).toBe(200);
  await reaches(path, 'stopped');
  expect((await ask('DELETE', `${path}/lease`, undefined, nonce)).status).toBe(200);
  expect((await ask('POST', `${path}/start`, undefined, nonce)).status).toBe(409);
  expect((await ask('DELETE', path)).status).toBe(200);
  await reaches(path, 'destroyed');
});
