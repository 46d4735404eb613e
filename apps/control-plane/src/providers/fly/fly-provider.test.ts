import { expect, it } from 'vitest';
import {
  flyBench,
  MACHINE,
  MACHINES,
  NOT_FOUND,
  NOW,
  ONE,
  startedAt,
  VOLUMES,
} from '../../../test/fly-bench.ts';
import { newMachine } from '../../../test/new-machine.ts';
import { htmlPage } from '../../../test/scripted-api.ts';

const OTHER = 'https://fleet.fly.test:8080/healthz';

it('asks for the machine and nothing else in a look', async () => {
  const { api, provider, create } = flyBench();
  await create();
  for (let look = 0; look < 5; look++)
    expect(await provider.inspect(MACHINE)).toMatchObject({
      state: 'running',
      image: 'registry.fly.io/fettle:1',
      startedAt: NOW,
      instanceId: `m1#start-${NOW}`,
      host: null,
      trouble: null,
    });
  expect(new Set(api.take())).toEqual(new Set([`GET ${ONE}`]));
});

it('believes nothing while the host of the machine is out of reach', async () => {
  const { api, provider, create, machine } = flyBench();
  await create();
  api.script({ [`GET ${ONE}`]: machine('started', { host_status: 'unreachable' }) });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'unknown',
    trouble: "Fly says that the machine's host is unreachable",
  });
});

it('never takes a page for the absence of a machine', async () => {
  const { api, provider, create } = flyBench();
  await create();
  api.script({ [`GET ${ONE}`]: htmlPage(404) });
  await expect(provider.inspect(MACHINE)).rejects.toMatchObject({ code: 'PROVIDER_FAILED', retryable: true });
  api.script({ [`GET ${ONE}`]: NOT_FOUND });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent', diskPresent: true });
});

it('tells how a machine ended', async () => {
  const { api, provider, create, machine } = flyBench();
  await create();
  const request = { exit_event: { exit_code: 137, oom_killed: true } };
  const exit = { id: 'x', type: 'exit', status: 'stopped', timestamp: NOW + 5, request };
  api.script({ [`GET ${ONE}`]: machine('stopped', { events: [exit, startedAt(NOW)] }) });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'stopped',
    exitCode: 137,
    memoryKilled: true,
    startedAt: null,
  });
});

it('restarts under a lease, which it gives back when another run has begun', async () => {
  const { api, provider, create, action, machine, reopened } = flyBench();
  await create();
  api.script({ [`POST ${ONE}/restart?timeout=12s`]: { json: { ok: true } } });
  await provider.restart(action(2), MACHINE);
  expect(api.take()).toEqual([`GET ${ONE}`, `POST ${ONE}/lease`, `POST ${ONE}/restart?timeout=12s`]);
  api.script({ [`GET ${ONE}`]: machine('restarting') });
  expect(await reopened().inspect(MACHINE)).toMatchObject({
    state: 'starting',
    operation: { status: 'running' },
  });
  api.script({ [`GET ${ONE}`]: machine('started', { events: [startedAt(NOW + 9)] }) });
  expect(await reopened().inspect(MACHINE)).toMatchObject({
    state: 'running',
    operation: { status: 'done' },
  });
  expect(api.take()).toEqual([`GET ${ONE}`, `GET ${ONE}`, `DELETE ${ONE}/lease`]);
});

it('shows the nonce of its lease with every change', async () => {
  const { api, provider, create, action } = flyBench();
  await create();
  api.script({ [`POST ${ONE}/stop`]: { json: { ok: true } } });
  await provider.stop(action(2), MACHINE);
  const stop = api.sent.find(({ path }) => path === `${ONE}/stop`);
  expect(stop?.headers.get('fly-machine-lease-nonce')).toBe('n1');
  expect(stop?.body).toEqual({ signal: 'SIGTERM', timeout: '12s' });
});

it('does not restart again when only the answer was lost', async () => {
  const { api, provider, create, action, machine } = flyBench();
  await create();
  api.script({ [`POST ${ONE}/restart?timeout=12s`]: 'lost' });
  await expect(provider.restart(action(2), MACHINE)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({ [`GET ${ONE}`]: machine('started', { events: [startedAt(NOW + 9)] }) });
  api.take();
  await provider.restart(action(2), MACHINE);
  expect(api.take()).toEqual([`GET ${ONE}`]);
  expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'done' } });
});

it('destroys the machine and then its volume, and forgets both but not its actions', async () => {
  const { api, provider, create, action, machine } = flyBench();
  await create();
  api.script({ [`DELETE ${ONE}?force=true`]: { json: { ok: true } } });
  await provider.destroy(action(2), MACHINE);
  api.script({
    [`GET ${ONE}`]: machine('destroyed'),
    [`DELETE ${VOLUMES}/vol1`]: [
      { status: 409, json: { error: 'aborted: volume is attached' } },
      { json: {} },
    ],
    [`GET ${VOLUMES}`]: { json: [] },
  });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'absent',
    operation: { status: 'running' },
  });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'absent',
    diskPresent: false,
    operation: { status: 'done' },
  });
  await expect(provider.start(action(1), MACHINE)).rejects.toMatchObject({ code: 'STALE_ACTION' });
});

it('destroys a machine whose create was never answered', async () => {
  const { api, provider, action, machine } = flyBench();
  api.script({
    [`POST ${VOLUMES}`]: { json: { id: 'vol1', name: 'fettle', region: 'fra', size_gb: 3 } },
    [`POST ${MACHINES}`]: 'lost',
  });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({
    [`GET ${VOLUMES}/vol1`]: { json: { id: 'vol1', attached_machine_id: 'm1' } },
    [`GET ${ONE}`]: machine('started'),
    [`POST ${ONE}/lease`]: { status: 201, json: { nonce: 'n1' } },
    [`DELETE ${ONE}?force=true`]: { json: { ok: true } },
  });
  await provider.destroy(action(2), MACHINE);
  expect(api.take()).toContain(`DELETE ${ONE}?force=true`);
});

it('changes nothing of a machine whose environment was lost, or is not told', async () => {
  const { api, provider, create, action, machine, bodies } = flyBench();
  await create();
  const order = { image: 'web:2', versions: { customer: 'v2' } };
  api.script({ [`GET ${ONE}`]: machine('started', { config: null }) });
  const rebuild = provider.rebuild(action(2), MACHINE, order);
  await expect(rebuild).rejects.toMatchObject({ code: 'CONFLICT', retryable: true });
  api.script({ [`GET ${ONE}`]: machine('started', { config: { image: 'web:1', env: {} } }) });
  await provider.rebuild(action(2), MACHINE, order);
  expect((await provider.inspect(MACHINE)).operation).toMatchObject({ error: { code: 'CONFLICT' } });
  expect(bodies(`POST ${ONE}`)).toEqual([]);
});

it('changes image and versions of a machine and nothing else of its config', async () => {
  const { api, provider, create, action, machine, bodies } = flyBench();
  await create();
  const mine = (machine('started').json as { config: Record<string, unknown> }).config;
  const theirs = { guest_path: '/etc/motd', raw_value: btoa('hello') };
  const files = [...(mine['files'] as unknown[]), theirs];
  api.script({
    [`GET ${ONE}`]: machine('started', { config: { ...mine, files, dns: { skip_registration: true } } }),
    [`POST ${ONE}`]: () => machine('replacing'),
  });
  const order = { image: 'registry.fly.io/fettle:2', versions: { customer: 'v2' } };
  await provider.rebuild(action(2), MACHINE, order);
  const [{ config, current_version } = { config: {}, current_version: '' }] = bodies(`POST ${ONE}`);
  const { env, ...rest } = config as { env: Record<string, string> };
  const { env: _before, ...kept } = mine;
  // The bootstrap token was exchanged long ago.
  expect(rest).toEqual({ ...kept, image: order.image, dns: { skip_registration: true }, files: [theirs] });
  expect(current_version).toBe('v1');
  expect(JSON.parse(env.FETTLE_MACHINE_JSON ?? '')).toMatchObject({
    image: order.image,
    versions: order.versions,
    versionsFrom: action(2).id,
  });
});

it('does not update again when only the answer was lost, and is done when the machine runs', async () => {
  const { api, provider, create, action, machine, bodies } = flyBench();
  await create();
  api.script({ [`POST ${ONE}`]: 'lost' });
  const order = { image: 'registry.fly.io/fettle:2', versions: { customer: 'v2' } };
  await expect(provider.rebuild(action(2), MACHINE, order)).rejects.toMatchObject({
    code: 'HOST_UNREACHABLE',
  });
  api.script({ [`GET ${ONE}`]: machine('replacing') });
  await provider.rebuild(action(2), MACHINE, order);
  expect(bodies(`POST ${ONE}`)).toHaveLength(1);
  api.script({ [`GET ${ONE}`]: machine('started') });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    image: order.image,
    operation: { status: 'done' },
  });
});

it('takes an exit code for what it is, also when Fly leaves out a 0', async () => {
  const { api, provider, create } = flyBench();
  await create();
  const exec = (answer: unknown) => {
    api.script({ [`POST ${ONE}/exec`]: { json: answer } });
    return provider.exec(MACHINE, { command: ['cat', 'a b'], timeoutMs: 1500 });
  };
  expect(await exec({ stdout: 'out', stderr: 'err' })).toEqual({
    exitCode: 0,
    stdout: 'out',
    stderr: 'err',
    timedOut: false,
  });
  expect(await exec({ exit_code: 3 })).toMatchObject({ exitCode: 3 });
  expect(await exec({ exit_signal: 9 })).toMatchObject({ exitCode: 137 });
  expect(api.sent.at(-1)?.body).toEqual({
    command: ['sh', '-c', 'cd /machine 2>/dev/null; exec "$@"', 'sh', 'cat', 'a b'],
    timeout: 2,
  });
});

it('asks the port of this machine and of no other of the app', async () => {
  const { api, provider, create } = flyBench();
  await create();
  const ask = () => {
    const connection = provider.connect(MACHINE, 'web', async ({ path }) => `Signed ${path}`);
    return connection.fetch(
      new Request(`${connection.url}/healthz`, { headers: { authorization: 'Bearer x' } }),
    );
  };
  api.script({ [`GET ${OTHER}`]: { json: {} } });
  expect((await ask()).status).toBe(200);
  expect(Object.fromEntries(api.sent.at(-1)?.headers ?? [])).toMatchObject({
    authorization: 'Signed /healthz',
    'fly-force-instance-id': 'm1',
  });
  api.script({ [`GET ${OTHER}`]: htmlPage(503) });
  await expect(ask()).rejects.toMatchObject({ code: 'MACHINE_UNREACHABLE' });
  api.script({ [`GET ${OTHER}`]: 'lost' });
  await expect(ask()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
});
