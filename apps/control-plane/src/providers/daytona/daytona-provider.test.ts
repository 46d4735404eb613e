import { expect, it } from 'vitest';
import { daytonaBench, KEY, MACHINE, NOT_FOUND, SANDBOX } from '../../../test/daytona-bench.ts';
import { htmlPage } from '../../../test/scripted-api.ts';
import { ProviderError } from '../machine-provider.ts';

async function failureOf(work: Promise<unknown>): Promise<ProviderError> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  }
  throw new Error('was expected to fail');
}

it('asks for the sandbox and nothing else in a hundred looks, and stores nothing', async () => {
  const { api, provider, create, writes } = daytonaBench();
  await create();
  for (let look = 0; look < 100; look++)
    expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'running', host: 'runner-7' });
  expect(new Set(api.take())).toEqual(new Set([`GET ${SANDBOX}`]));
  expect(writes()).toBe(0);
});

it('asks nothing about a machine that was never asked for', async () => {
  const { api, provider } = daytonaBench();
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent', operation: null });
  expect(api.take()).toEqual([]);
});

it.each([
  ['hibernating', {}, 'unknown'],
  ['snapshotting', { desiredState: 'started' }, 'running'],
  ['archived', {}, 'stopped'],
])('tells %s of a sandbox that says %j as %s', async (state, overrides, expected) => {
  const { api, provider, create, sandbox } = daytonaBench();
  await create();
  api.script({ [`GET ${SANDBOX}`]: sandbox(state, overrides) });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: expected });
});

it('tells what is wrong in the words of Daytona', async () => {
  const { api, provider, create, sandbox } = daytonaBench();
  await create();
  api.script({ [`GET ${SANDBOX}`]: sandbox('error', { errorReason: 'disk full' }) });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'stopped', trouble: 'disk full' });
});

it('repeats no secret that Daytona’s words hold, and not all of them when they are long', async () => {
  const { api, provider, create, sandbox } = daytonaBench();
  await create();
  const errorReason = `clone of https://reader:password-of-it@git.example failed: ${'x'.repeat(5000)}`;
  api.script({ [`GET ${SANDBOX}`]: sandbox('error', { errorReason }) });
  const { trouble } = await provider.inspect(MACHINE);
  expect(trouble).toMatch(/^clone of https:\/\/reader:\[redacted\]@git\.example failed: x+$/);
  expect(trouble?.length).toBe(500);
});

it('never takes a page for the absence of a machine', async () => {
  const { api, provider, create } = daytonaBench();
  await create();
  for (const page of [htmlPage(404), htmlPage(200), htmlPage(403)]) {
    api.script({ [`GET ${SANDBOX}`]: page });
    expect(await failureOf(provider.inspect(MACHINE))).toMatchObject({
      code: 'PROVIDER_FAILED',
      retryable: true,
    });
  }
  api.script({ [`GET ${SANDBOX}`]: NOT_FOUND });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent', diskPresent: false });
});

it('never takes the sandbox of somebody else with the same name for the machine', async () => {
  const { api, provider, create, sandbox } = daytonaBench();
  await create();
  const theirs = { id: 'sb-2', labels: { 'fettle.machine': MACHINE } };
  api.script({ [`GET ${SANDBOX}`]: sandbox('started', theirs) });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent' });
  // Somebody has given ours other labels.
  api.script({ [`GET ${SANDBOX}`]: sandbox('started', { labels: {} }) });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'running' });
});

it('says that the key is refused, without the key', async () => {
  const { api, provider, create, action } = daytonaBench();
  await create();
  const json = { statusCode: 401, message: `Invalid credentials ${KEY}`, error: 'Unauthorized' };
  api.script({ [`GET ${SANDBOX}`]: { status: 401, json } });
  for (const work of [() => provider.inspect(MACHINE), () => provider.stop(action(2), MACHINE)]) {
    const error = await failureOf(work());
    expect(error).toMatchObject({ code: 'PROVIDER_KEY_REFUSED', retryable: false });
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain(KEY);
  }
});

it('restarts by a stop and a start, one at a look, whoever looks', async () => {
  const { api, provider, create, sandbox, action, reopened } = daytonaBench();
  await create();
  const before = await provider.inspect(MACHINE);
  api.take();
  api.script({
    [`POST ${SANDBOX}/stop`]: sandbox('stopping'),
    [`POST ${SANDBOX}/start`]: sandbox('starting'),
  });
  await provider.restart(action(2), MACHINE);
  expect(api.take()).toEqual([`GET ${SANDBOX}`, `POST ${SANDBOX}/stop`]);
  for (const [state, expected, sent] of [
    ['stopping', 'running', []],
    ['stopped', 'running', [`POST ${SANDBOX}/start`]],
    ['starting', 'running', []],
    ['started', 'done', []],
  ] as const) {
    api.script({ [`GET ${SANDBOX}`]: sandbox(state) });
    const { operation } = await reopened().inspect(MACHINE);
    expect(operation).toMatchObject({ action: action(2), kind: 'restart', status: expected });
    expect(api.take()).toEqual([`GET ${SANDBOX}`, ...sent]);
  }
  const after = await provider.inspect(MACHINE);
  expect(after.instanceId).not.toBe(before.instanceId);
});

it('does not stop again when only the answer to the stop was lost', async () => {
  const { api, provider, create, sandbox, action } = daytonaBench();
  await create();
  api.script({ [`POST ${SANDBOX}/stop`]: 'lost', [`POST ${SANDBOX}/start`]: sandbox('starting') });
  expect(await failureOf(provider.restart(action(2), MACHINE))).toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({ [`GET ${SANDBOX}`]: sandbox('stopped') });
  // Nobody knows yet whether it was taken: a look does not carry it on, whoever asked for it asks again.
  expect(await provider.inspect(MACHINE)).toMatchObject({ operation: null });
  api.take();
  await provider.restart(action(2), MACHINE);
  expect(api.take()).toEqual([`GET ${SANDBOX}`, `POST ${SANDBOX}/start`]);
});

it('keeps on looking when a step cannot be sent, and sends it at the next look', async () => {
  const { api, provider, create, sandbox, action } = daytonaBench();
  await create();
  api.script({ [`POST ${SANDBOX}/stop`]: sandbox('stopping') });
  await provider.restart(action(2), MACHINE);
  api.script({
    [`GET ${SANDBOX}`]: sandbox('stopped'),
    [`POST ${SANDBOX}/start`]: ['lost', sandbox('starting')],
  });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'stopped',
    operation: { status: 'running' },
  });
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'stopped',
    operation: { status: 'running' },
  });
  expect(api.take().filter((call) => call.endsWith('/start'))).toHaveLength(2);
});

it('recovers a sandbox in error when it is started', async () => {
  const { api, provider, create, sandbox, action } = daytonaBench();
  await create();
  api.script({
    [`GET ${SANDBOX}`]: sandbox('error', { recoverable: true, errorReason: 'disk full' }),
    [`POST ${SANDBOX}/recover`]: sandbox('starting'),
  });
  await provider.start(action(2), MACHINE);
  api.script({ [`GET ${SANDBOX}`]: sandbox('started') });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'running', operation: { status: 'done' } });
  expect(api.take()).toContain(`POST ${SANDBOX}/recover`);
});

it('tries again later while Daytona is busy with the sandbox', async () => {
  const { api, provider, create, action } = daytonaBench();
  await create();
  const json = { statusCode: 400, message: 'Sandbox state change in progress' };
  api.script({ [`POST ${SANDBOX}/stop`]: { status: 400, json } });
  expect(await failureOf(provider.stop(action(2), MACHINE))).toMatchObject({
    code: 'CONFLICT',
    retryable: true,
  });
});

it('gives a start up when Daytona takes it and nothing comes of it, and not when Daytona does not take it', async () => {
  const { api, provider, create, sandbox, action } = daytonaBench();
  await create();
  const json = { statusCode: 400, message: 'Sandbox state change in progress' };
  const refusal = { status: 400, json };
  const taken = sandbox('stopped', { desiredState: 'stopped' });
  api.script({
    [`GET ${SANDBOX}`]: taken,
    [`POST ${SANDBOX}/start`]: [refusal, refusal, refusal, refusal, taken],
  });
  for (let tries = 0; tries < 4; tries++)
    expect(await failureOf(provider.start(action(2), MACHINE))).toMatchObject({ code: 'CONFLICT' });
  await provider.start(action(2), MACHINE);
  for (const status of ['running', 'running', 'failed'])
    expect((await provider.inspect(MACHINE)).operation).toMatchObject({ status });
});

it('forgets a destroyed machine but not its actions', async () => {
  const { api, provider, create, sandbox, action } = daytonaBench();
  await create();
  api.script({ [`DELETE ${SANDBOX}`]: sandbox('destroying') });
  await provider.destroy(action(2), MACHINE);
  api.script({ [`GET ${SANDBOX}`]: NOT_FOUND });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent', operation: { status: 'done' } });
  api.take();
  await provider.inspect(MACHINE);
  expect(api.take()).toEqual([]);
  expect(await failureOf(provider.start(action(1), MACHINE))).toMatchObject({ code: 'STALE_ACTION' });
});

it('asks nothing more of Daytona while Daytona wants to be left alone', async () => {
  const { api, provider, create } = daytonaBench();
  await create();
  const json = { statusCode: 429, message: 'Rate limit exceeded', error: 'Too Many Requests' };
  api.script({ [`GET ${SANDBOX}`]: { status: 429, json, headers: { 'Retry-After-authenticated': '30' } } });
  for (let n = 0; n < 3; n++)
    expect(await failureOf(provider.inspect(MACHINE))).toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
    });
  expect(api.take()).toEqual([`GET ${SANDBOX}`]);
});

it('says that a sandbox keeps its image', async () => {
  const { provider, create, action } = daytonaBench();
  await create();
  const order = { image: 'other', versions: { customer: 'main' } };
  expect(await failureOf(provider.rebuild(action(2), MACHINE, order))).toMatchObject({ code: 'UNSUPPORTED' });
});
