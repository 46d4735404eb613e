import { BOOTSTRAP_PATH } from '@fettle/contract';
import { expect, it } from 'vitest';
import {
  flyBench,
  MACHINE,
  MACHINES,
  NAME,
  NOT_FOUND,
  ONE,
  TOKEN,
  VOLUMES,
} from '../../../test/fly-bench.ts';
import { newMachine } from '../../../test/new-machine.ts';
import { htmlPage } from '../../../test/scripted-api.ts';

const volume = (id: string, overrides: Record<string, unknown> = {}) => ({
  json: { id, name: 'fettle', region: 'fra', size_gb: 3, state: 'created', ...overrides },
});
const refusal = (status: number, error: string, code = 'unknown') => ({
  status,
  json: { error, status: code },
});
const TAKEN = refusal(
  409,
  `already_exists: unique machine name violation, machine ID m1 already exists with name "${NAME}"`,
);

it('asks for a volume, and then for a machine on it', async () => {
  const { api, provider, action, machine, bodies } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: volume('vol1'), [`POST ${MACHINES}`]: () => machine('created') });
  await provider.create(action(1), newMachine({ regions: ['fra'] }));
  expect(api.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `POST ${VOLUMES}`,
    `POST ${MACHINES}`,
  ]);
  expect(api.sent[0]?.headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
  expect(bodies(`POST ${VOLUMES}`)).toMatchObject([{ region: 'fra', size_gb: 3 }]);
  expect(bodies(`POST ${MACHINES}`)).toMatchObject([
    {
      name: NAME,
      region: 'fra',
      config: {
        image: 'registry.fly.io/fettle:1',
        guest: { cpu_kind: 'shared', cpus: 2, memory_mb: 768 },
        mounts: [{ volume: 'vol1', path: '/machine' }],
        restart: { policy: 'no' },
        auto_destroy: false,
        metadata: { fettle_machine: MACHINE, fettle_slot: 'web-1' },
        services: [7701, 7702, 8080].map((port) => ({
          internal_port: port,
          protocol: 'tcp',
          autostart: false,
          autostop: 'off',
          ports: [{ port, handlers: ['tls', 'http'] }],
        })),
      },
    },
  ]);
});

it('keeps neither token nor credentials in the journal', async () => {
  const { create, journal } = flyBench();
  await create();
  const kept = JSON.stringify(journal.read(MACHINE));
  for (const secret of [TOKEN, newMachine().bootstrap]) expect(kept).not.toContain(secret);
});

it('hands the bootstrap token over as a file, and by nothing else', async () => {
  const { api, provider, action, machine, bodies } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: volume('vol1'), [`POST ${MACHINES}`]: () => machine('created') });
  await provider.create(action(1), newMachine());
  const [body] = bodies(`POST ${MACHINES}`) as [{ config: { files: unknown; env: Record<string, string> } }];
  const text = `${JSON.stringify({ machineId: MACHINE, token: newMachine().bootstrap })}\n`;
  expect(body.config.files).toEqual([{ guest_path: BOOTSTRAP_PATH, raw_value: btoa(text), mode: 0o444 }]);
  expect(Object.keys(body.config.env)).toEqual(['FETTLE_MACHINE_JSON']);
  expect(JSON.stringify(body)).not.toContain(newMachine().bootstrap);
});

it('repeats nothing of the file in a message', async () => {
  const { api, provider, action } = flyBench();
  const raw = btoa(`${JSON.stringify({ machineId: MACHINE, token: newMachine().bootstrap })}\n`);
  api.script({
    [`POST ${VOLUMES}`]: volume('vol1'),
    [`POST ${MACHINES}`]: refusal(400, `files ${raw} of ${newMachine().bootstrap} are too long`),
    [`DELETE ${VOLUMES}/vol1`]: volume('vol1'),
  });
  await provider.create(action(1), newMachine());
  const { operation } = await provider.inspect(MACHINE);
  expect(operation?.error?.message).toMatch(/files \[redacted\] of \[redacted\] are too long/);
});

it('makes no second machine when the answer to the first was lost, also while the list lags', async () => {
  const { api, provider, action, machine, bodies } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: volume('vol1'), [`POST ${MACHINES}`]: ['lost', TAKEN] });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({
    [`GET ${MACHINES}?region=fra`]: { json: [] },
    [`GET ${VOLUMES}/vol1`]: volume('vol1'),
    [`GET ${ONE}`]: machine('started'),
  });
  await provider.create(action(1), newMachine());
  expect(bodies(`POST ${VOLUMES}`)).toHaveLength(1);
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'running', operation: { status: 'done' } });
});

it('finds the machine on its volume, whatever region is asked for first', async () => {
  const { api, provider, action, machine, bodies } = flyBench();
  const order = newMachine({ regions: ['ams', 'fra'] });
  api.script({
    [`POST ${VOLUMES}`]: [refusal(422, 'full', 'insufficient_capacity'), volume('vol1')],
    [`GET ${VOLUMES}`]: { json: [] },
    [`POST ${MACHINES}`]: 'lost',
  });
  await expect(provider.create(action(1), order)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({
    [`GET ${VOLUMES}/vol1`]: volume('vol1', { attached_machine_id: 'm1' }),
    [`GET ${ONE}`]: () => machine('starting'),
  });
  api.take();
  await provider.create(action(1), order);
  expect(api.take()).toEqual([`GET ${VOLUMES}/vol1`, `GET ${ONE}`]);
  expect(bodies(`POST ${MACHINES}`)).toEqual([]);
});

it('finds the machine in the list when the refusal of its name does not tell its id', async () => {
  const { api, provider, action, machine } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: volume('vol1'), [`POST ${MACHINES}`]: 'lost' });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({
    [`GET ${VOLUMES}/vol1`]: volume('vol1'),
    [`POST ${MACHINES}`]: refusal(409, 'taken', 'name_taken'),
    [`GET ${MACHINES}?region=fra`]: () => ({ json: [{ id: 'm0', name: 'other' }, machine('starting').json] }),
    [`GET ${ONE}`]: () => machine('starting'),
  });
  await provider.create(action(1), newMachine());
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'starting',
    instanceId: expect.any(String),
  });
});

it('finds the volume by its name when only its answer was lost', async () => {
  const { api, provider, action, machine, bodies } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: 'lost', [`POST ${MACHINES}`]: () => machine('created') });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  const [{ name } = { name: '' }] = bodies(`POST ${VOLUMES}`);
  const others = [volume('old', { name, state: 'destroying' }).json, volume('vol0').json];
  api.script({ [`GET ${VOLUMES}`]: { json: [...others, volume('vol1', { name }).json] } });
  await provider.create(action(1), newMachine());
  expect(bodies(`POST ${VOLUMES}`)).toHaveLength(1);
  expect(bodies(`POST ${MACHINES}`)).toMatchObject([{ config: { mounts: [{ volume: 'vol1' }] } }]);
});

it('leaves a machine alone that has the name and is not ours, and no disk behind', async () => {
  const { api, provider, action, machine } = flyBench();
  api.script({
    [`POST ${VOLUMES}`]: volume('vol1'),
    [`POST ${MACHINES}`]: TAKEN,
    [`GET ${ONE}`]: () => machine('started', { config: { metadata: { fettle_machine: MACHINE } } }),
    [`DELETE ${VOLUMES}/vol1`]: { json: {} },
  });
  await provider.create(action(1), newMachine());
  expect(api.take()).toContain(`DELETE ${VOLUMES}/vol1`);
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'absent',
    diskPresent: false,
    operation: {
      error: { code: 'CONFLICT', message: `At Fly the name ${NAME} belongs to somebody else's machine` },
    },
  });
});

it('takes the next region with a volume there, and gives back the one before', async () => {
  const { api, provider, action, machine, bodies } = flyBench();
  const regionOf = (body: unknown) => (body as { region: string }).region;
  api.script({
    [`POST ${VOLUMES}`]: ({ body }) => volume(`vol-${regionOf(body)}`, { region: regionOf(body) }),
    [`POST ${MACHINES}`]: ({ body }) =>
      regionOf(body) === 'ams' ? refusal(422, 'full', 'insufficient_capacity') : machine('created'),
    [`DELETE ${VOLUMES}/vol-ams`]: { json: {} },
    [`GET ${VOLUMES}`]: { json: [] },
  });
  await provider.create(action(1), newMachine({ regions: ['ams', 'fra'] }));
  expect(bodies(`POST ${MACHINES}`)).toMatchObject([
    { region: 'ams', config: { mounts: [{ volume: 'vol-ams' }] } },
    { region: 'fra', config: { mounts: [{ volume: 'vol-fra' }] } },
  ]);
  expect(api.take()).toContain(`DELETE ${VOLUMES}/vol-ams`);
});

it('gives the volume back and waits where the policy wants to wait', async () => {
  const { api, provider, action } = flyBench();
  api.script({
    [`POST ${VOLUMES}`]: volume('vol1'),
    [`POST ${MACHINES}`]: refusal(412, 'insufficient resources to create new machine with existing volume'),
    [`DELETE ${VOLUMES}/vol1`]: { json: {} },
  });
  const order = newMachine({ regions: ['fra', 'ams'], onNoCapacity: 'wait' });
  await expect(provider.create(action(1), order)).rejects.toMatchObject({
    code: 'NO_CAPACITY',
    retryable: true,
  });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'absent',
    diskPresent: false,
    operation: null,
  });
});

it('names the region that there is not, and those that there are', async () => {
  const { api, provider, action } = flyBench();
  api.script({
    [`POST ${VOLUMES}`]: refusal(400, 'invalid_argument: region'),
    'GET /platform/regions': { json: { regions: [{ code: 'fra' }, { code: 'ams' }] } },
  });
  await provider.create(action(1), newMachine({ regions: ['mars'] }));
  expect((await provider.inspect(MACHINE)).operation?.error).toEqual({
    code: 'REGION_NOT_FOUND',
    message: 'regions.0: there is no region mars; expected one of fra, ams',
  });
});

it('names the image that there is not, and leaves no disk behind', async () => {
  const { api, provider, action } = flyBench();
  api.script({
    [`POST ${VOLUMES}`]: volume('vol1'),
    [`POST ${MACHINES}`]: refusal(400, 'failed to get manifest web:9: MANIFEST_UNKNOWN'),
    [`DELETE ${VOLUMES}/vol1`]: { json: {} },
  });
  await provider.create(action(1), newMachine({ image: 'web:9' }));
  const { operation, diskPresent } = await provider.inspect(MACHINE);
  expect(operation?.error).toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  expect(operation?.error?.message).toMatch(/^image: /);
  expect(diskPresent).toBe(false);
});

it('restores a copy onto a disk that is at least as large', async () => {
  const { api, provider, action, machine, bodies } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: volume('vol1'), [`POST ${MACHINES}`]: () => machine('created') });
  await provider.create(action(1), newMachine({ restoreCopyId: 'vs_abc.12' }));
  expect(bodies(`POST ${VOLUMES}`)).toMatchObject([{ snapshot_id: 'vs_abc', size_gb: 12 }]);
});

it('says that there is no such copy', async () => {
  const { api, provider, action } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: refusal(400, 'invalid_argument: snapshot vs_abc not found') });
  await provider.create(action(1), newMachine({ restoreCopyId: 'vs_abc.3' }));
  expect((await provider.inspect(MACHINE)).operation?.error).toMatchObject({ code: 'COPY_NOT_FOUND' });
});

it('is asked again later when it gets a page for an answer, and keeps its disk until then', async () => {
  const { api, provider, action } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: volume('vol1'), [`POST ${MACHINES}`]: htmlPage(502) });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    message: 'Fly answered 502 with something that is no JSON',
  });
  expect(await provider.inspect(MACHINE)).toMatchObject({ diskPresent: true, operation: null });
});

it('says that the token is refused, without the token', async () => {
  const { api, provider, action } = flyBench();
  api.script({ [`POST ${VOLUMES}`]: refusal(401, `token ${TOKEN} has expired`) });
  const create = provider.create(action(1), newMachine());
  await expect(create).rejects.toMatchObject({ code: 'PROVIDER_KEY_REFUSED', retryable: false });
  await expect(create).rejects.not.toThrow(TOKEN);
});

it('does not make what is there', async () => {
  const { api, provider, create, action } = flyBench();
  await create();
  await provider.create(action(2), newMachine());
  expect(api.take()).toEqual([`GET ${ONE}`]);
  expect((await provider.inspect(MACHINE)).operation).toMatchObject({
    status: 'failed',
    error: { code: 'CONFLICT' },
  });
});

it.each([
  ['has lost the machine', () => NOT_FOUND],
  [
    'still tells of the machine that somebody has destroyed',
    () => ({ json: { id: 'm1', state: 'destroyed' } }),
  ],
])('makes it anew, over its disk, when Fly %s', async (_words, gone) => {
  const { api, provider, create, action, machine, bodies } = flyBench();
  await create();
  api.script({
    [`GET ${ONE}`]: gone,
    [`GET ${VOLUMES}/vol1`]: volume('vol1'),
    [`POST ${MACHINES}`]: () => machine('created'),
  });
  await provider.create(action(2), newMachine());
  expect(bodies(`POST ${VOLUMES}`)).toEqual([]);
  expect(bodies(`POST ${MACHINES}`)).toMatchObject([{ config: { mounts: [{ volume: 'vol1' }] } }]);
});
