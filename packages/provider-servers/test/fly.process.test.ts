import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openFlyServer, type ProviderServer } from '../src/index.ts';
import { asker, until, untilListening, untilState, type Ask } from './ask.ts';
import { startLocalHost, type LocalHost } from './local-host.ts';
import { bootEnvironment, bootstrapConfig, bootstrapText } from './orders.ts';

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
    tickEveryMs: null,
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
  await ask('POST', '/apps', { name: 'fleet', org_slug: 'ours' });
});

afterEach(() => {
  server.faults.clear();
  const bad = badAnswers.splice(0);
  if (bad.length > 0) throw new Error(bad.join('\n'));
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

const reaches = (path: string, state: string) => untilState(ask, path, state);

test('a machine with a volume lives, is stopped, started, updated, and leaves its volume behind', async () => {
  const volume = await ask('POST', '/apps/fleet/volumes', { name: 'data', region: 'fra', size_gb: 3 });
  const volumePath = `/apps/fleet/volumes/${String(volume.body['id'])}`;
  const mounts = [{ volume: volume.body['id'], path: '/data' }];
  const files = [bootstrapConfig('life')];
  const path = await createMachine('life', { region: 'fra' }, { mounts, files });
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
  const told = await ask('POST', `${path}/exec`, { command: ['cat', 'fettle/bootstrap.json'] });
  expect(JSON.parse(String(told.body['stdout']))).toEqual(JSON.parse(bootstrapText('life', 'fly')));
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
  expect((await ask('GET', `${path}/lease`)).body['nonce']).toBe(lease.body['nonce']);
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

test("a lease can be told as Fly's own client reads it, and is given with a new machine", async () => {
  const enveloped = await openFlyServer({
    state: host.folder('fly-enveloped'),
    hostUrl: host.url,
    hostToken: host.token,
    key: KEY,
    app: 'fleet',
    leaseForm: 'enveloped',
    onBadAnswer: (message) => badAnswers.push(message),
  });
  const call = asker(enveloped.url, KEY);
  const order = { config: configOf('enveloped'), skip_launch: true, lease_ttl: 60 };
  const created = await call('POST', '/apps/fleet/machines', order);
  const path = `/apps/fleet/machines/${String(created.body['id'])}`;
  const nonce = { 'fly-machine-lease-nonce': String(created.body['nonce']) };
  expect(await call('POST', `${path}/lease?ttl=90`, undefined, nonce)).toMatchObject({ status: 400 });
  expect((await call('POST', `${path}/lease?ttl=90`, {}, nonce)).body).toMatchObject({
    status: 'success',
    data: { nonce: created.body['nonce'], expires_at: expect.any(Number) },
  });
  expect((await call('DELETE', path)).status).toBe(409);
  expect((await call('DELETE', path, undefined, nonce)).status).toBe(200);
  expect((await call('GET', path)).body['state']).toBe('destroyed');
  await enveloped.close();
});

test('a snapshot fills the volume of another machine; a machine is made again with its own disk', async () => {
  const volume = await ask('POST', '/apps/fleet/volumes', { name: 'origin', region: 'fra', size_gb: 2 });
  const volumePath = `/apps/fleet/volumes/${String(volume.body['id'])}`;
  expect((await ask('POST', `${volumePath}/snapshots`)).status).toBe(412);
  const mounts = [{ volume: volume.body['id'], path: '/data' }];
  const path = await createMachine('origin', {}, { mounts });
  await reaches(path, 'started');
  const write = await ask('POST', `${path}/exec`, { command: ['sh', '-c', 'echo precious > data/note'] });
  expect(write.body['exit_code']).toBe(0);
  expect((await ask('POST', `${volumePath}/snapshots`)).status).toBe(200);
  const snapshots = await until(
    () => ask('GET', `${volumePath}/snapshots`),
    ({ body }) => (body[0] as { status: string }).status === 'created',
  );
  const [{ id: snapshotId }] = snapshots.body as unknown as [{ id: string }];
  const filled = await ask('POST', '/apps/fleet/volumes', {
    name: 'filled',
    region: 'fra',
    snapshot_id: snapshotId,
  });
  const other = await createMachine('other', {}, { mounts: [{ volume: filled.body['id'], path: '/data' }] });
  await reaches(other, 'started');
  const read = (at: string) => ask('POST', `${at}/exec`, { command: ['cat', 'data/note'] });
  expect((await read(other)).body).toMatchObject({ exit_code: 0, stdout: 'precious\n' });

  await ask('DELETE', `${path}?force=true`);
  await reaches(path, 'destroyed');
  const again = await createMachine('origin', {}, { mounts });
  await reaches(again, 'started');
  expect((await read(again)).body).toMatchObject({ exit_code: 0, stdout: 'precious\n' });
  const foreign = { name: 'foreign', config: configOf('foreign', { mounts }) };
  expect((await ask('POST', '/apps/fleet/machines', foreign)).status).toBe(412);
  await Promise.all([again, other].map((each) => ask('DELETE', `${each}?force=true`)));
  await Promise.all([again, other].map((each) => reaches(each, 'destroyed')));
});

test('a machine that was killed is started again by its policy; the exit tells how, and the server remembers', async () => {
  const path = await createMachine('killed', {}, { restart: { policy: 'on-failure', max_retries: 1 } });
  await reaches(path, 'started');
  await host.kill('fly.killed.1');
  await reaches(path, 'stopped');
  await server.tick();
  await reaches(path, 'started');
  const { body: events } = await ask('GET', `${path}/events`);
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'exit',
      request: {
        exit_event: expect.objectContaining({ exit_code: 137, requested_stop: false, oom_killed: false }),
      },
    }),
  );
  await host.kill('fly.killed.1');
  await reaches(path, 'stopped');
  await server.tick();
  expect((await ask('GET', path)).body['state']).toBe('stopped');

  await server.close();
  server = await open();
  expect((await ask('GET', path)).body).toMatchObject({ state: 'stopped', host_status: 'ok' });
  server.faults.add({ kind: 'host-unreachable' });
  expect((await ask('GET', path)).body).toMatchObject({ state: 'stopped', host_status: 'unreachable' });
  expect((await ask('POST', `${path}/start`)).status).toBe(500);
  server.faults.clear();
  expect((await ask('GET', path)).body).toMatchObject({ state: 'stopped', host_status: 'ok' });
  await ask('DELETE', path);
  await reaches(path, 'destroyed');
});

test("an app's services are reached at the edge, and only those", async () => {
  const services = [
    { protocol: 'tcp', internal_port: 7701, ports: [{ port: 443, handlers: ['tls', 'http'] }] },
  ];
  const path = await createMachine('edge', {}, { services });
  await reaches(path, 'started');
  const edge = server.url.replace('/v1', '/edge/fleet');
  const call = (port: number, headers: Record<string, string> = {}) =>
    fetch(`${edge}/${port}/healthz`, { headers });
  const id = { 'fly-force-instance-id': String(path.split('/').at(-1)) };
  expect(await untilListening(() => call(443, id))).toBe(200);
  expect((await call(7702, id)).status).toBe(502);
  expect((await call(443, { 'fly-force-instance-id': 'another' })).status).toBe(503);
  await ask('DELETE', `${path}?force=true`);
  await reaches(path, 'destroyed');
});

test('bad input, collisions, no room and limits are refused in the form of the API, and nothing is done', async () => {
  const config = configOf('refused');
  const refusals: [object, number, string][] = [
    [{ config: { ...config, image: 7 } }, 400, 'config.image must be string'],
    [{ config: { ...config, image: 'none:1' } }, 400, 'failed to get manifest none:1'],
    [{ config, region: 'moon' }, 400, 'region moon not found'],
    [
      { config: { ...config, mounts: [{ volume: 'vol_none', path: '/d' }] } },
      400,
      'volume vol_none not found',
    ],
    [{ config: { ...config, files: [{ guest_path: '/etc/x' }] } }, 400, 'config.files.0.guest_path'],
    [{ config: { ...config, files: [bootstrapConfig('other')] } }, 400, 'config.files.0.raw_value'],
    [
      { config: { ...config, env: { FETTLE_MACHINE_JSON: 'secret' } } },
      400,
      'config.env.FETTLE_MACHINE_JSON',
    ],
  ];
  for (const [body, status, error] of refusals) {
    const answer = await ask('POST', '/apps/fleet/machines', body);
    expect(answer).toMatchObject({
      status,
      body: { error: expect.stringContaining(error), status: 'unknown' },
    });
    expect(answer.body['error']).not.toContain('secret');
  }
  expect(await ask('POST', '/apps', { name: 'fleet', org_slug: 'others' })).toMatchObject({
    status: 422,
    body: { status: 'name_taken' },
  });
  server.faults.add({ kind: 'no-capacity', region: 'ams' });
  expect(await ask('POST', '/apps/fleet/machines', { config, region: 'ams' })).toMatchObject({
    status: 409,
    body: { status: 'insufficient_capacity' },
  });
  const created = await ask('POST', '/apps/fleet/machines', { name: 'paper', config, skip_launch: true });
  expect(created).toMatchObject({ status: 200, body: { state: 'created' } });
  expect(created.headers.get('fly-request-id')).not.toBeNull();
  const twin = await ask('POST', '/apps/fleet/machines', { name: 'paper', config });
  expect(twin).toMatchObject({
    status: 409,
    body: { error: expect.stringContaining('unique machine name violation') },
  });
  server.faults.add({ kind: 'rate-limit', limit: 0, operation: 'Machines_list' });
  expect((await ask('GET', '/apps/fleet/machines')).status).toBe(429);
  expect((await asker(server.url, 'another')('GET', '/platform/regions')).status).toBe(401);
  expect((await ask('GET', '/apps/fleet/machines/none')).status).toBe(404);
  await ask('DELETE', `/apps/fleet/machines/${String(created.body['id'])}`);
});
