import { Daytona, DaytonaAuthenticationError, DaytonaNotFoundError } from '@daytona/sdk';
import { BOOTSTRAP_PATH } from '@fettle/contract/boot-environment';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openDaytonaServer, type ProviderServer } from '../src/index.ts';
import { asker, until, untilGone, untilListening, untilState, type Ask } from './ask.ts';
import { startLocalHost, type LocalHost } from './local-host.ts';
import { bootEnvironment, bootstrapText } from './orders.ts';

const KEY = 'key-of-the-daytona-server-test';
const MINUTE = 60_000;
const PREVIEW_TOKEN = 'x-daytona-preview-token';
let host: LocalHost;
let server: ProviderServer;
/** How far the server's clock is ahead. */
let ahead = 0;
const badAnswers: string[] = [];

const open = () =>
  openDaytonaServer({
    state: host.folder('daytona'),
    hostUrl: host.url,
    hostToken: host.token,
    key: KEY,
    tickEveryMs: null,
    listDelayMs: MINUTE,
    now: () => Date.now() + ahead,
    log: (message) => console.error(message),
    onBadAnswer: (message) => badAnswers.push(message),
  });

/** Asks the server that runs at the moment. */
const ask: Ask = (...question) => asker(server.url, KEY)(...question);

beforeAll(async () => {
  host = await startLocalHost('daytona');
  server = await open();
});

afterEach(() => {
  server.faults.clear();
  ahead = 0;
  const bad = badAnswers.splice(0);
  if (bad.length > 0) throw new Error(bad.join('\n'));
});

afterAll(async () => {
  await server.close();
  await host.close();
});

async function createSandbox(slot: string, also: object = {}): Promise<string> {
  const body = { name: slot, env: bootEnvironment(slot, 'daytona'), labels: { slot }, ...also };
  const created = await ask('POST', '/sandbox', body);
  expect(created).toMatchObject({ status: 200, body: { state: 'creating', desiredState: 'started' } });
  await reaches(slot, 'started');
  return String(created.body['id']);
}

const reaches = (name: string, state: string) => untilState(ask, `/sandbox/${name}`, state);

const isGone = (name: string) => untilGone(ask, `/sandbox/${name}`);

async function previewOf(name: string) {
  const { body } = await ask('GET', `/sandbox/${name}/ports/7701/preview-url`);
  const call = (headers: Record<string, string>) => fetch(`${String(body['url'])}/healthz`, { headers });
  return { token: String(body['token']), call };
}

test('the official SDK creates, uses, stops, starts and deletes a sandbox', async () => {
  const client = (apiKey: string) =>
    new Daytona({ apiKey, apiUrl: server.url, target: 'us', useDeprecatedPolling: true });
  await expect(client('another-key').get('anything')).rejects.toBeInstanceOf(DaytonaAuthenticationError);
  const daytona = client(KEY);
  const sandbox = await daytona.create({ name: 'from-the-sdk', labels: { team: 'ours' } });
  expect(sandbox.state).toBe('started');

  const printed = await sandbox.process.executeCommand('echo "$GREETING" $((6 * 7))', undefined, {
    GREETING: "it's",
  });
  expect(printed).toMatchObject({ exitCode: 0, result: "it's 42\n" });
  const wrong = await sandbox.process.executeCommand('echo wrong >&2; exit 3');
  expect(wrong).toMatchObject({ exitCode: 3, result: 'wrong\n' });
  await sandbox.fs.uploadFile(Buffer.from('kept'), 'notes/kept.txt');
  await sandbox.process.createSession('work');
  const ran = await sandbox.process.executeSessionCommand('work', { command: 'cat notes/kept.txt' });
  expect(ran).toMatchObject({ exitCode: 0, stdout: 'kept' });

  await sandbox.stop();
  expect(sandbox.state).toBe('stopped');
  await sandbox.start();
  expect(sandbox.state).toBe('started');
  expect((await sandbox.fs.downloadFile('notes/kept.txt')).toString()).toBe('kept');

  ahead = 2 * MINUTE;
  const listed = [];
  for await (const each of daytona.list({ labels: { team: 'ours' } })) listed.push(each.id);
  expect(listed).toEqual([sandbox.id]);
  await sandbox.delete(60, true);
  await expect(daytona.get('from-the-sdk')).rejects.toBeInstanceOf(DaytonaNotFoundError);
});

test('the bootstrap file of a machine is where a machine of the host looks for it, whole, also a second time', async () => {
  const id = await createSandbox('told');
  const text = bootstrapText('told', 'daytona');
  const url = `${server.url.replace('/api', '/toolbox')}/${id}`;
  const headers = { authorization: `Bearer ${KEY}` };
  for (const content of ['an earlier one', text]) {
    const body = new FormData();
    body.set('file', new File([content], 'bootstrap.json'));
    const path = encodeURIComponent(BOOTSTRAP_PATH);
    const sent = await fetch(`${url}/files/upload-v2?path=${path}`, { method: 'POST', headers, body });
    expect(sent.status).toBe(200);
    await expect(sent.json()).resolves.toMatchObject({ path: BOOTSTRAP_PATH });
  }
  const ran = await fetch(`${url}/process/execute`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ command: 'cat fettle/bootstrap.json' }),
  });
  await expect(ran.json()).resolves.toEqual({ exitCode: 0, result: text });
  await ask('DELETE', '/sandbox/told');
  await isGone('told');
});

test('ports are shown to whoever has the token of this start, and that counts as use', async () => {
  await createSandbox('shown');
  const first = await previewOf('shown');
  expect((await first.call({})).status).toBe(401);
  expect(await untilListening(() => first.call({ [PREVIEW_TOKEN]: first.token }))).toBe(200);

  const signed = await ask('GET', '/sandbox/shown/ports/7701/signed-preview-url?expiresInSeconds=600');
  const open = () => fetch(`${String(signed.body['url'])}/healthz`);
  expect((await open()).status).toBe(200);
  const expire = `/sandbox/shown/ports/7701/signed-preview-url/${String(signed.body['token'])}/expire`;
  expect((await ask('POST', expire)).status).toBe(200);
  expect((await open()).status).toBe(404);
  expect((await ask('PUT', '/sandbox/shown/labels', { labels: { now: 'these' } })).status).toBe(200);
  expect((await ask('POST', '/sandbox/shown/autodelete/-1')).body).toMatchObject({
    labels: { now: 'these' },
    autoDeleteInterval: -1,
  });

  // Reads do not keep it awake, a preview does.
  ahead = 14 * MINUTE;
  expect((await first.call({ [PREVIEW_TOKEN]: first.token })).status).toBe(200);
  ahead = 20 * MINUTE;
  await server.tick();
  expect((await ask('GET', '/sandbox/shown')).body['state']).toBe('started');
  ahead = 30 * MINUTE;
  await server.tick();
  await reaches('shown', 'stopped');

  expect((await ask('POST', '/sandbox/shown/stop')).body).toMatchObject({
    message: 'Sandbox is not started',
  });
  const starting = await ask('POST', '/sandbox/shown/start');
  expect(starting.body).toMatchObject({ state: 'starting', desiredState: 'started' });
  expect((await ask('POST', '/sandbox/shown/start')).body).toMatchObject({
    statusCode: 400,
    message: 'Sandbox state change in progress',
  });
  await reaches('shown', 'started');
  expect((await first.call({ [PREVIEW_TOKEN]: first.token })).status).toBe(401);
  const second = await previewOf('shown');
  expect(await untilListening(() => second.call({ [PREVIEW_TOKEN]: second.token }))).toBe(200);
  await ask('DELETE', '/sandbox/shown');
  await isGone('shown');
});

test('a snapshot holds the data, and a sandbox is made from it; an archive comes back', async () => {
  const id = await createSandbox('origin');
  const toolbox = asker(server.url.replace('/api', `/toolbox/${id}`), KEY);
  expect(
    (await toolbox('POST', '/process/execute', { command: 'echo precious > data/note' })).body,
  ).toMatchObject({
    exitCode: 0,
  });
  expect((await ask('POST', '/sandbox/origin/snapshot', { name: 'of-origin' })).status).toBe(200);
  const snapshot = await until(
    () => ask('GET', '/snapshots/of-origin'),
    ({ body }) => body['state'] === 'active',
  );
  expect(snapshot.body).toMatchObject({ sourceSandboxId: id, general: false });
  expect((await ask('POST', '/sandbox/origin/snapshot', { name: 'of-origin' })).status).toBe(409);

  const restored = await createSandbox('restored', { snapshot: 'of-origin' });
  const inside = asker(server.url.replace('/api', `/toolbox/${restored}`), KEY);
  expect((await inside('POST', '/process/execute', { command: 'cat data/note' })).body).toMatchObject({
    result: 'precious\n',
  });

  await ask('POST', '/sandbox/restored/stop');
  await reaches('restored', 'stopped');
  expect((await ask('POST', '/sandbox/restored/archive')).status).toBe(200);
  await reaches('restored', 'archived');
  expect((await ask('POST', '/sandbox/restored/start')).body['state']).toBe('restoring');
  await reaches('restored', 'started');
  expect((await ask('DELETE', '/snapshots/of-origin')).status).toBe(200);
  expect((await ask('GET', '/snapshots/of-origin')).status).toBe(404);
  await Promise.all(['origin', 'restored'].map((name) => ask('DELETE', `/sandbox/${name}`)));
  await Promise.all(['origin', 'restored'].map(isGone));
});

test('what really is counts: a killed machine is stopped, and the server remembers through a restart', async () => {
  const id = await createSandbox('killed');
  await host.kill('daytona.killed.1');
  await reaches('killed', 'stopped');
  await ask('POST', '/sandbox/killed/start');
  await reaches('killed', 'started');
  await server.close();
  server = await open();
  expect((await ask('GET', '/sandbox/killed')).body).toMatchObject({
    id,
    state: 'started',
    recoverable: false,
  });
  server.faults.add({ kind: 'host-unreachable' });
  expect((await ask('GET', '/sandbox/killed')).body['state']).toBe('unknown');
  server.faults.clear();

  server.faults.add({
    kind: 'error',
    machine: 'daytona.killed.1',
    reason: 'disk quota exceeded',
    recoverable: true,
  });
  expect((await ask('GET', '/sandbox/killed')).body).toMatchObject({
    state: 'error',
    errorReason: 'disk quota exceeded',
    recoverable: true,
  });
  expect((await ask('POST', '/sandbox/killed/start')).status).toBe(400);
  expect((await ask('POST', '/sandbox/killed/recover')).status).toBe(200);
  await reaches('killed', 'started');
  await ask('DELETE', '/sandbox/killed');
  await isGone('killed');
});

test('a lost answer leaves what was done, and lists come late, lie and are cut into pages', async () => {
  server.faults.add({ kind: 'lose-answer', operation: 'createSandbox', times: 1 });
  const body = { name: 'lost', env: bootEnvironment('lost', 'daytona') };
  await expect(ask('POST', '/sandbox', body)).rejects.toThrow('fetch failed');
  await reaches('lost', 'started');
  expect(await ask('POST', '/sandbox', body)).toMatchObject({
    status: 409,
    body: { statusCode: 409, error: 'Conflict', message: 'Sandbox with name lost already exists' },
  });
  const asked = server
    .requests()
    .findLast(({ operation, status }) => operation === 'createSandbox' && status === null);
  expect(JSON.stringify(asked)).not.toContain('commandKeys');

  await createSandbox('listed');
  expect((await ask('GET', '/sandbox?limit=200')).body['items']).toEqual([]);
  ahead = 2 * MINUTE;
  const first = await ask('GET', '/sandbox?limit=1&sort=name&order=asc');
  expect(first.body).toMatchObject({ items: [{ name: 'listed' }], nextCursor: expect.any(String) });
  const rest = await ask(
    'GET',
    `/sandbox?limit=1&sort=name&order=asc&cursor=${String(first.body['nextCursor'])}`,
  );
  expect(rest.body).toMatchObject({ items: [{ name: 'lost' }], nextCursor: null });
  const labelled = await ask(
    'GET',
    `/sandbox?labels=${encodeURIComponent('{"slot":"listed"}')}&states=started`,
  );
  expect(labelled.body['items']).toMatchObject([{ name: 'listed' }]);
  server.faults.add({ kind: 'hide', machine: 'listed' });
  expect((await ask('GET', '/sandbox')).body['items']).toMatchObject([{ name: 'lost' }]);
  server.faults.add({ kind: 'claim-state', machine: 'lost', state: 'a-state-of-tomorrow' });
  expect((await ask('GET', '/sandbox/lost')).body['state']).toBe('a-state-of-tomorrow');
  expect(badAnswers.splice(0).length).toBeGreaterThan(0);
  server.faults.clear();
  await Promise.all(['lost', 'listed'].map((name) => ask('DELETE', `/sandbox/${name}`)));
  await Promise.all(['lost', 'listed'].map(isGone));
});

test('bad input, a wrong key and limits are refused in the form of the API, and nothing is done', async () => {
  const env = bootEnvironment('refused', 'daytona');
  const refusals: [object, number, string][] = [
    [{ name: 'refused', env, cpu: 'many' }, 400, 'cpu must be integer'],
    [{ name: 'refused', env, cpu: 64 }, 403, 'cpu request 64 exceeds'],
    [{ name: 'refused', env, target: 'moon' }, 404, 'Region not found'],
    [{ name: 'refused', env, snapshot: 'none' }, 400, 'Snapshot none not found'],
    [
      { name: 'refused', env: { ...env, FETTLE_MACHINE_JSON: '{"identity":"secret"}' } },
      400,
      'env.FETTLE_MACHINE_JSON',
    ],
  ];
  for (const [body, status, message] of refusals) {
    const answer = await ask('POST', '/sandbox', body);
    expect(answer).toMatchObject({
      status,
      body: { statusCode: status, message: expect.stringContaining(message) },
    });
    expect(answer.body['message']).not.toContain('secret');
  }
  server.faults.add({ kind: 'no-capacity', region: 'eu' });
  expect(await ask('POST', '/sandbox', { env, target: 'eu' })).toMatchObject({
    status: 400,
    body: { message: 'No available runners' },
  });
  server.faults.add({ kind: 'rate-limit', limit: 0, operation: 'getSandbox' });
  const limited = await ask('GET', '/sandbox/refused');
  expect(limited).toMatchObject({
    status: 429,
    body: { statusCode: 429, message: 'Rate limit exceeded', error: 'Too Many Requests' },
  });
  expect(limited.headers.get('retry-after-authenticated')).toMatch(/^\d+$/);
  expect(limited.headers.get('retry-after')).toBeNull();
  server.faults.add({ kind: 'html', status: 200, times: 1 });
  expect((await ask('GET', '/regions')).headers.get('content-type')).toContain('text/html');
  expect((await ask('GET', '/regions')).body).toMatchObject([{ id: 'us' }, { id: 'eu' }]);
  server.faults.add({ kind: 'key-expired' });
  expect((await ask('GET', '/regions')).status).toBe(401);
  server.faults.clear();
  expect((await ask('GET', '/sandbox/refused')).status).toBe(404);
});
