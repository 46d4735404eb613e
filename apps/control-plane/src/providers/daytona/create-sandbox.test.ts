import { describe, expect, it } from 'vitest';
import { daytonaBench, KEY, MACHINE, NOT_FOUND, SANDBOX, UPLOAD } from '../../../test/daytona-bench.ts';
import { newMachine } from '../../../test/new-machine.ts';
import { htmlPage } from '../../../test/scripted-api.ts';

const created = (api: ReturnType<typeof daytonaBench>['api']) =>
  api.sent.filter(({ method, path }) => method === 'POST' && path === '/sandbox');
const refusal = (status: number, message: string) => ({ status, json: { statusCode: status, message } });

it('asks for a sandbox with our name, our labels and no size', async () => {
  const { api, provider, action, sandbox } = daytonaBench();
  api.script({ [`GET ${SANDBOX}`]: NOT_FOUND, 'POST /sandbox': () => sandbox('creating') });
  await provider.create(action(1), newMachine({ regions: ['eu'] }));
  const [{ body, headers } = { body: {}, headers: new Headers() }] = created(api);
  expect(headers.get('authorization')).toBe(`Bearer ${KEY}`);
  expect(body).toMatchObject({
    name: MACHINE,
    snapshot: 'fettle-1',
    target: 'eu',
    autoStopInterval: 0,
    autoDeleteInterval: -1,
    labels: { 'fettle.machine': MACHINE, 'fettle.organization': 'acme', 'fettle.image': 'fettle-1' },
  });
  for (const size of ['cpu', 'memory', 'disk']) expect(body).not.toHaveProperty(size);
});

it('keeps neither key nor credentials in the journal once the machine has them', async () => {
  const { create, journal } = daytonaBench();
  await create();
  const kept = JSON.stringify(journal.read(MACHINE));
  for (const secret of [KEY, newMachine().bootstrap]) expect(kept).not.toContain(secret);
});

describe('the bootstrap token', () => {
  const uploads = (api: ReturnType<typeof daytonaBench>['api']) =>
    api.sent.filter(({ method, path }) => `${method} ${path}` === UPLOAD);

  /** A machine whose sandbox was ordered. */
  async function ordered() {
    const bench = daytonaBench();
    bench.api.script({ [`GET ${SANDBOX}`]: NOT_FOUND, 'POST /sandbox': () => bench.sandbox('creating') });
    await bench.provider.create(bench.action(1), newMachine());
    bench.api.script({ [`GET ${SANDBOX}`]: bench.sandbox('creating') });
    return bench;
  }

  it('is in no environment, and is put into the sandbox when that runs, before the create is done', async () => {
    const { api, provider, sandbox, journal } = await ordered();
    expect(JSON.stringify(created(api))).not.toContain(newMachine().bootstrap);
    expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'running' } });
    expect(uploads(api)).toEqual([]);
    api.script({ [`GET ${SANDBOX}`]: sandbox('started'), [UPLOAD]: { json: {} } });
    expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'done' } });
    const [{ body, headers } = { body: '', headers: new Headers() }] = uploads(api);
    expect(headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=/);
    expect(body).toContain('name="file"');
    expect(body).toContain(JSON.stringify({ machineId: MACHINE, token: newMachine().bootstrap }));
    await provider.inspect(MACHINE);
    expect(uploads(api)).toHaveLength(1);
    expect(JSON.stringify(journal.read(MACHINE))).not.toContain(newMachine().bootstrap);
  });

  it('is put there again, by whoever comes after a crash, when nobody knows whether it arrived', async () => {
    const { api, provider, reopened, sandbox } = await ordered();
    api.script({ [`GET ${SANDBOX}`]: sandbox('started'), [UPLOAD]: ['lost', { json: {} }] });
    expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'running' } });
    expect(await reopened().inspect(MACHINE)).toMatchObject({ operation: { status: 'done' } });
    expect(uploads(api).map(({ body }) => String(body).includes(newMachine().bootstrap))).toEqual([
      true,
      true,
    ]);
  });

  it('comes with the start when the create had failed before', async () => {
    const { api, provider, action, sandbox } = await ordered();
    api.script({ [`GET ${SANDBOX}`]: sandbox('error', { errorReason: 'no runner' }) });
    expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'failed' } });
    api.script({
      [`GET ${SANDBOX}`]: sandbox('stopped'),
      [`POST ${SANDBOX}/start`]: sandbox('starting'),
    });
    await provider.start(action(2), MACHINE);
    api.script({ [`GET ${SANDBOX}`]: sandbox('started'), [UPLOAD]: { json: {} } });
    expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { kind: 'start', status: 'done' } });
    expect(uploads(api)).toHaveLength(1);
  });

  it('is repeated in no message of the toolbox', async () => {
    const { api, provider, sandbox } = await ordered();
    const message = `cannot write ${newMachine().bootstrap}`;
    api.script({ [`GET ${SANDBOX}`]: sandbox('started'), [UPLOAD]: refusal(400, message) });
    const { operation } = await provider.inspect(MACHINE);
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'BAD_REQUEST' } });
    expect(operation?.error?.message).toContain('cannot write [redacted]');
  });
});

it('makes no second sandbox when the answer to the first was lost', async () => {
  const { api, provider, action, sandbox } = daytonaBench();
  api.script({ [`GET ${SANDBOX}`]: NOT_FOUND, 'POST /sandbox': 'lost' });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({ [`GET ${SANDBOX}`]: sandbox('creating') });
  // A look in between must not have the repeat taken for a second machine.
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'creating', operation: null });
  await provider.create(action(1), newMachine());
  expect(created(api)).toHaveLength(1);
  expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'running' } });
});

it('sends it again, as the same sandbox, when it never arrived', async () => {
  const { api, provider, action, sandbox } = daytonaBench();
  api.script({ [`GET ${SANDBOX}`]: NOT_FOUND, 'POST /sandbox': ['lost', refusal(409, 'exists')] });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({
    code: 'CONFLICT',
    retryable: true,
  });
  api.script({ 'POST /sandbox': () => sandbox('creating') });
  await provider.create(action(1), newMachine());
  const marks = created(api).map(
    ({ body }) => (body as { labels: Record<string, string> }).labels['fettle.mark'],
  );
  expect(new Set(marks).size).toBe(1);
});

it('leaves a sandbox alone that has the name and is not ours', async () => {
  const { api, provider, action, sandbox } = daytonaBench();
  api.script({ [`GET ${SANDBOX}`]: sandbox('started', { labels: { 'fettle.machine': MACHINE } }) });
  await provider.create(action(1), newMachine());
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'absent',
    operation: {
      status: 'failed',
      error: {
        code: 'CONFLICT',
        message: `At Daytona the name ${MACHINE} belongs to somebody else's sandbox`,
      },
    },
  });
  expect(created(api)).toEqual([]);
});

it('names the region that there is not, and those that there are', async () => {
  const { api, provider, action } = daytonaBench();
  api.script({
    [`GET ${SANDBOX}`]: NOT_FOUND,
    'POST /sandbox': refusal(404, 'Region not found'),
    'GET /regions': {
      json: [
        { id: 'us', name: 'us' },
        { id: 'r2', name: 'eu' },
      ],
    },
  });
  await provider.create(action(1), newMachine({ regions: ['mars'] }));
  const { operation } = await provider.inspect(MACHINE);
  expect(operation?.error).toEqual({
    code: 'REGION_NOT_FOUND',
    message: 'regions.0: there is no region mars; expected one of us, eu',
  });
});

it('names the image that there is not', async () => {
  const { api, provider, action } = daytonaBench();
  api.script({
    [`GET ${SANDBOX}`]: NOT_FOUND,
    'POST /sandbox': refusal(400, 'Snapshot web-9 not found. Did you add it through the Daytona Dashboard?'),
    'GET /snapshots/web-9': NOT_FOUND,
  });
  await provider.create(action(1), newMachine({ image: 'web-9' }));
  const { operation } = await provider.inspect(MACHINE);
  expect(operation?.error).toEqual({
    code: 'IMAGE_NOT_FOUND',
    message: 'image: Daytona has no snapshot web-9',
  });
});

it('takes the next region when one is full, and none when it is to wait', async () => {
  const { api, provider, action, sandbox } = daytonaBench();
  const full = refusal(403, 'Total CPU limit exceeded. Maximum allowed: 10.');
  api.script({
    [`GET ${SANDBOX}`]: NOT_FOUND,
    'POST /sandbox': ({ body }) =>
      (body as { target: string }).target === 'us' ? full : sandbox('creating'),
  });
  const waiting = newMachine({ regions: ['us', 'eu'], onNoCapacity: 'wait' });
  await expect(provider.create(action(1), waiting)).rejects.toMatchObject({
    code: 'NO_CAPACITY',
    retryable: true,
  });
  await provider.create(action(1), newMachine({ regions: ['us', 'eu'] }));
  expect(created(api).map(({ body }) => (body as { target: string }).target)).toEqual(['us', 'us', 'eu']);
});

it('is asked again later when it gets a page for an answer', async () => {
  const { api, provider, action } = daytonaBench();
  api.script({ [`GET ${SANDBOX}`]: NOT_FOUND, 'POST /sandbox': htmlPage(502) });
  await expect(provider.create(action(1), newMachine())).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    retryable: true,
    message: 'Daytona answered 502 with something that is no JSON',
  });
});

it('tells a create that ended in error, with the reason', async () => {
  const { api, provider, action, sandbox } = daytonaBench();
  api.script({ [`GET ${SANDBOX}`]: NOT_FOUND, 'POST /sandbox': () => sandbox('creating') });
  await provider.create(action(1), newMachine());
  api.script({ [`GET ${SANDBOX}`]: sandbox('build_failed', { errorReason: 'no such base image' }) });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    operation: { status: 'failed', error: { message: 'The sandbox does not run: no such base image' } },
  });
});
