import { expect, test } from 'vitest';
import { TEST_KEYS } from '../../test/credentials.ts';
import { commandPublicKeys, commandSigner } from '../auth/command-signature.ts';
import { FakeProvider } from '../providers/fake-provider.ts';
import { ProviderError, type MachineProvider, type RequestSigner } from '../providers/machine-provider.ts';
import { machineClients } from './machine-clients.ts';
import { observe, type ObserveInput } from './observe.ts';

const MACHINE = 'demo.web-1.1';
const NOW = 1_700_000_000_000;
const services = [
  {
    name: 'web',
    command: ['node', 'server.mjs'],
    port: 8080,
    healthPath: '/healthz',
    restartBudget: { maxRestarts: 5, withinMs: 60_000 },
  },
];

const sign: RequestSigner = () => Promise.resolve('signed');

async function runningMachine() {
  const fake = new FakeProvider({ now: () => NOW });
  await fake.create(
    { id: `${MACHINE}/1`, sequence: 1 },
    {
      identity: {
        machineId: MACHINE,
        organization: 'acme',
        project: 'demo',
        slot: 'web-1',
        generation: 1,
        type: 'local-docker',
      },
      services,
      limits: { memoryMb: 256, cpus: 1, pids: 128 },
      versions: { platform: 'main', customer: 'main' },
      bootstrap: 'bootstrap-token',
      commandKeys: await commandPublicKeys(TEST_KEYS),
      image: null,
      regions: [],
      onNoCapacity: 'next-region',
      restoreCopyId: null,
    },
  );
  const machine = fake.machine(MACHINE);
  if (machine === null) throw new Error('The fake made no machine');
  return { fake, machine };
}

function look(provider: MachineProvider, overrides: Partial<ObserveInput> = {}) {
  return observe({
    machineId: MACHINE,
    services,
    depth: 'deep',
    probeRoutes: true,
    timeoutMs: 50,
    now: NOW,
    provider,
    clients: machineClients(provider, MACHINE, (port) =>
      commandSigner(TEST_KEYS, { machineId: MACHINE, port, now: () => NOW }),
    ),
    ...overrides,
  });
}

/** The same provider, with other answers at its ports. */
function answering(fake: FakeProvider, respond: () => Promise<Response>): MachineProvider {
  const connect = (machineId: string, port: string) => ({ ...fake.connect(machineId, port), fetch: respond });
  return Object.assign(Object.create(fake) as FakeProvider, { connect });
}

test('a deep look asks the provider, the services, pidnap and the daemon', async () => {
  const { fake } = await runningMachine();
  expect(await look(fake)).toMatchObject({
    startedAt: NOW,
    provider: { ok: true, value: { state: 'running' } },
    routes: [{ service: 'web', ok: true }],
    pidnap: { ok: true, value: { services: [{ name: 'daemon' }, { name: 'web' }], changes: [] } },
    daemon: { ok: true, value: { versions: { customer: 'c'.repeat(40) } } },
    versions: { customer: 'c'.repeat(40) },
    inside: null,
  });
});

test('a light look asks nobody inside the machine', async () => {
  const { fake } = await runningMachine();
  const seen = await look(fake, { depth: 'light' });
  expect(seen).toMatchObject({ routes: [{ ok: true }], pidnap: null, daemon: null, versions: null });
});

test('versions are read from the disk when the daemon is down', async () => {
  const { fake, machine } = await runningMachine();
  machine.ail({ service: 'daemon', curedBy: 'nothing' });
  const seen = await look(fake);
  expect(seen).toMatchObject({ daemon: { ok: false }, versions: { customer: 'c'.repeat(40) } });
});

test('a machine that lies about its services is found out from outside', async () => {
  const { fake, machine } = await runningMachine();
  machine.ail({ service: 'web', curedBy: 'nothing' });
  machine.isLying = true;
  const seen = await look(fake);
  expect(seen.routes).toMatchObject([{ service: 'web', ok: false }]);
  expect(seen.pidnap).toMatchObject({
    ok: true,
    value: { services: [{}, { name: 'web', state: 'running' }] },
  });
});

test('a service that takes the request and never answers counts against the machine', async () => {
  const { fake, machine } = await runningMachine();
  machine.silent.add('web');
  expect((await look(fake)).routes).toEqual([
    { service: 'web', ok: false, silent: true, message: 'No answer in time' },
  ]);
});

test('a provider that does not tell leaves everything else unknown', async () => {
  const { fake } = await runningMachine();
  fake.faults.add({ point: 'inspect', fault: { kind: 'out-of-reach' } });
  const seen = await look(fake);
  expect(seen).toMatchObject({
    provider: { ok: false },
    routes: [],
    pidnap: null,
    daemon: null,
    versions: null,
  });
});

test.each([
  ['the host does not know our token', () => Promise.reject(new ProviderError('UNAUTHORIZED', 'no'))],
  ['the host itself is broken', () => Promise.reject(new ProviderError('INTERNAL', 'no'))],
  ['the host is out of reach', () => Promise.reject(new TypeError('fetch failed'))],
])('nothing is known of a service when %s', async (_, respond) => {
  const { fake } = await runningMachine();
  expect((await look(answering(fake, respond))).routes).toMatchObject([{ service: 'web', ok: null }]);
});

test.each(['MACHINE_UNREACHABLE', 'DEADLINE_EXCEEDED'] as const)(
  'the host’s word that the machine is silent (%s) counts against the machine',
  async (code) => {
    const { fake } = await runningMachine();
    expect(
      (await look(answering(fake, () => Promise.reject(new ProviderError(code, 'silent'))))).routes,
    ).toMatchObject([{ ok: false }]);
  },
);

test.each([
  ['no answer came in time', () => Promise.reject(new ProviderError('DEADLINE_EXCEEDED', 'late')), true],
  ['it refused', () => Promise.reject(new ProviderError('MACHINE_UNREACHABLE', 'refused')), undefined],
  ['it answered wrongly', () => Promise.resolve(new Response('no', { status: 503 })), undefined],
])('a service counts as silent only when no answer came in time: %s', async (_, respond, silent) => {
  const { fake } = await runningMachine();
  const [route] = (await look(answering(fake, respond))).routes;
  expect(route).toMatchObject({ service: 'web', ok: false });
  expect(route?.silent).toBe(silent);
});

test('an answer of the daemon to another question is no answer', async () => {
  const { fake, machine } = await runningMachine();
  const health = machine.daemonHealth('recorded earlier');
  machine.daemonHealth = () => health;
  expect((await look(fake)).daemon).toMatchObject({ ok: false });
});

test('a version change is told by its action', async () => {
  const { fake, machine } = await runningMachine();
  machine.change('apply-7', ['node', '--customer', 'd'.repeat(40)], 1000);
  const seen = await look(fake);
  expect(seen.pidnap).toMatchObject({
    value: { changes: [{ actionId: `${MACHINE}/7`, status: 'running' }] },
  });
});

test('where pidnap answers nobody, the witness inside says so too', async () => {
  const { fake, machine } = await runningMachine();
  machine.silent.add('pidnap');
  expect(await look(fake)).toMatchObject({
    pidnap: { ok: false, code: 'DEADLINE_EXCEEDED' },
    inside: { ok: true, value: { pidnapAnswers: false } },
  });
});

test('where only the path is cut, the witness inside hears pidnap', async () => {
  const { fake } = await runningMachine();
  const cut = answering(fake, () => Promise.reject(new ProviderError('DEADLINE_EXCEEDED', 'silent')));
  expect(await look(cut)).toMatchObject({
    pidnap: { ok: false },
    inside: { ok: true, value: { pidnapAnswers: true } },
  });
});

test('a pidnap that has just started is heard at the second question', async () => {
  const { fake } = await runningMachine();
  let refusals = 0;
  const starting: MachineProvider = new Proxy(fake, {
    get: (target, key) =>
      key === 'connect'
        ? (...to: Parameters<MachineProvider['connect']>) => {
            const connection = target.connect(...to);
            const refuse = () => Promise.reject(new ProviderError('MACHINE_UNREACHABLE', 'refused'));
            const isFirst = () => to[1] === 'pidnap' && (refusals += 1) === 1;
            return {
              ...connection,
              fetch: (sent: Request) => (isFirst() ? refuse() : connection.fetch(sent)),
            };
          }
        : Reflect.get(target, key).bind(target),
  });
  expect(await look(starting)).toMatchObject({
    pidnap: { ok: true },
    inside: { ok: true, value: { pidnapAnswers: true } },
  });
});

test('a witness that cannot be asked has said nothing', async () => {
  const { fake, machine } = await runningMachine();
  machine.silent.add('pidnap');
  const refuses = { kind: 'refuses', code: 'PROVIDER_FAILED', message: 'no exec today' } as const;
  fake.faults.add({ point: 'exec', fault: refuses, times: 2 });
  expect((await look(fake)).inside).toEqual({
    ok: false,
    code: 'PROVIDER_FAILED',
    message: 'no exec today',
  });
});

test('where asking a port keeps a machine awake, a light look makes no connection at all', async () => {
  const { fake } = await runningMachine();
  const asked: string[] = [];
  const billed = Object.assign(Object.create(fake) as FakeProvider, {
    capabilities: { ...fake.capabilities, asksKeepAwake: true },
    connect: (machineId: string, port: string) => {
      const connection = fake.connect(machineId, port, sign);
      const fetch = (request: Request) => (asked.push(port), connection.fetch(request));
      return { ...connection, fetch };
    },
  });
  const light = await look(billed, { depth: 'light' });
  expect(asked).toEqual([]);
  expect(light).toMatchObject({ provider: { ok: true, value: { state: 'running' } }, routes: [] });
  const deep = await look(billed, { depth: 'deep' });
  expect(asked.toSorted()).toEqual(['daemon', 'pidnap', 'web']);
  expect(deep.routes).toMatchObject([{ service: 'web', ok: true }]);
});
