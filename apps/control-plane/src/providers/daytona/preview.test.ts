import { expect, it } from 'vitest';
import { daytonaBench, MACHINE, SANDBOX } from '../../../test/daytona-bench.ts';
import { htmlPage } from '../../../test/scripted-api.ts';
import type { RequestSigner } from '../machine-provider.ts';

const PORT = 'https://8080-sb-1.proxy.test';
const WAY = `GET ${SANDBOX}/ports/8080/preview-url`;
const way = (token: string) => ({ json: { sandboxId: 'sb-1', url: PORT, token } });

/** A running machine behind the proxy. */
async function running() {
  const bench = daytonaBench();
  await bench.create();
  const ask = async (sign?: RequestSigner) => {
    const connection = bench.provider.connect(MACHINE, 'web', sign);
    const headers = { authorization: 'Bearer of-somebody', 'x-own': '1' };
    return connection.fetch(new Request(`${connection.url}/healthz?deep=1`, { headers }));
  };
  return { ...bench, ask };
}

it('asks the port with its token, past the page for people, and signed for the machine', async () => {
  const { api, ask } = await running();
  api.script({ [WAY]: way('t1'), [`GET ${PORT}/healthz?deep=1`]: { json: { ok: true } } });
  expect((await ask(async ({ path }) => `Signed ${path}`)).status).toBe(200);
  const { headers } = api.sent.at(-1) ?? { headers: new Headers() };
  expect(Object.fromEntries(headers)).toMatchObject({
    authorization: 'Signed /healthz?deep=1',
    'x-daytona-preview-token': 't1',
    'x-daytona-skip-preview-warning': 'true',
    'x-own': '1',
  });
});

it('asks nobody at an address that is not Daytona’s, whatever its answer says', async () => {
  const { api, ask } = await running();
  for (const url of ['https://elsewhere.test', 'http://8080-sb-1.proxy.test', 'https://169.254.169.254']) {
    api.script({ [WAY]: { json: { sandboxId: 'sb-1', url, token: 't1' } } });
    await expect(ask()).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
  }
  expect(new Set(api.take())).toEqual(new Set([WAY]));
});

it('never hands on an authorization that was not meant for the machine', async () => {
  const { api, ask } = await running();
  api.script({ [WAY]: way('t1'), [`GET ${PORT}/healthz?deep=1`]: { json: {} } });
  await ask();
  expect(api.sent.at(-1)?.headers.get('authorization')).toBeNull();
});

it('asks for the token once for each run', async () => {
  const { api, ask, provider, sandbox } = await running();
  api.script({ [WAY]: way('t1'), [`GET ${PORT}/healthz?deep=1`]: { json: {} } });
  await ask();
  await ask();
  expect(api.take().filter((call) => call === WAY)).toHaveLength(1);
  for (const state of ['stopped', 'started']) {
    api.script({ [`GET ${SANDBOX}`]: sandbox(state) });
    await provider.inspect(MACHINE);
  }
  await ask();
  expect(api.take().filter((call) => call === WAY)).toHaveLength(1);
});

it('asks for it anew when it is refused, for the machine may have been started behind our back', async () => {
  const { api, ask } = await running();
  api.script({ [WAY]: [way('t1'), way('t2')], [`GET ${PORT}/healthz?deep=1`]: { json: {} } });
  await ask();
  api.script({
    [`GET ${PORT}/healthz?deep=1`]: ({ headers }) =>
      headers.get('x-daytona-preview-token') === 't2' ? { json: {} } : { status: 401, json: {} },
  });
  expect((await ask()).status).toBe(200);
});

it("takes a refusal for the machine's own when the token is still the same", async () => {
  const { api, ask } = await running();
  api.script({ [WAY]: way('t1'), [`GET ${PORT}/healthz?deep=1`]: { status: 401, json: {} } });
  await ask();
  api.take();
  expect((await ask()).status).toBe(401);
  expect(api.take()).toEqual([`GET ${PORT}/healthz?deep=1`, WAY]);
});

it.each([502, 503, 504])('calls the machine silent when the proxy answers %i', async (status) => {
  const { api, ask } = await running();
  api.script({ [WAY]: way('t1'), [`GET ${PORT}/healthz?deep=1`]: htmlPage(status) });
  await expect(ask()).rejects.toMatchObject({ code: 'MACHINE_UNREACHABLE' });
});

it('says that the proxy is out of reach when it is', async () => {
  const { api, ask } = await running();
  api.script({ [WAY]: way('t1'), [`GET ${PORT}/healthz?deep=1`]: 'lost' });
  await expect(ask()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
});

it('knows no port that the machine has not', async () => {
  const { provider } = await running();
  const { url, fetch } = provider.connect(MACHINE, 'shop');
  await expect(fetch(new Request(url))).rejects.toMatchObject({ code: 'MACHINE_NOT_FOUND' });
});
