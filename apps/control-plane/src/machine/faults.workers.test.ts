import { expect, test } from 'vitest';
import { env, eventually, newMachine, operator, reaches } from '../../test/in-workerd.ts';
import { tellHost } from '../../test/fake-host/script.ts';

const host = env.FETTLE_HOST_URL;

/** Waits until `checks` more checks were made. */
async function seesChecks(machineId: string, checks: number): Promise<void> {
  const times = new Set<number>();
  await eventually(
    async () => {
      const { lastCheckAt } = await operator().machines.get({ machineId });
      if (lastCheckAt !== null) times.add(lastCheckAt);
      return times.size;
    },
    (seen) => seen > checks,
  );
}

const kindsOf = async (machineId: string) =>
  (await tellHost(host, { do: 'look', machineId })).operations.map((operation) => operation.kind);

test('a create whose answer is lost is repeated under its id, and happens once', async () => {
  const fault = { kind: 'loses-answer' } as const;
  await tellHost(host, { do: 'fault', machineId: 'lossy.web-1.1', point: 'create', fault, times: 2 });
  const template = {
    type: 'local-docker' as const,
    services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
    versions: { platform: 'main', customer: 'main' },
  };
  const policy = { check: { intervalMs: 500 } };
  await operator().projects.apply({
    organization: 'acme',
    project: 'lossy',
    slots: ['web-1'],
    template,
    policy,
  });
  await reaches('lossy.web-1.1', 'healthy');
  expect((await kindsOf('lossy.web-1.1')).filter((kind) => kind === 'create')).toHaveLength(1);
});

test('a host that is out of reach for a while makes no machine sick', async () => {
  const { machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  const fault = { kind: 'out-of-reach' } as const;
  await tellHost(host, { do: 'fault', machineId, point: 'inspect', fault, times: 5 });
  await eventually(
    () => operator().machines.get({ machineId }),
    (view) => view.verdict?.health === 'unknown',
  );
  await seesChecks(machineId, 5);
  await eventually(
    () => operator().machines.get({ machineId }),
    (view) => view.verdict?.health === 'healthy',
  );
  expect(await operator().machines.incidents({ machineId })).toEqual([]);
});

test('a provider that says once that a machine is gone is not believed', async () => {
  const { project, machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  const fault = { kind: 'lies', about: { state: 'absent', diskPresent: false } } as const;
  await tellHost(host, { do: 'fault', machineId, point: 'inspect', fault, times: 1 });
  await reaches(machineId, 'suspect');
  await reaches(machineId, 'healthy');
  expect(await operator().machines.incidents({ machineId })).toEqual([]);
  expect(await operator().slots.resolve({ project, slot: 'web-1' })).toEqual({ machineId });
});

test('a stop asked for by an operator ends the recovery', async () => {
  const { machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  await tellHost(host, { do: 'ail', machineId, ailment: { service: 'web', curedBy: 'nothing' } });
  await reaches(machineId, 'recovering');
  await operator().machines.stop({ machineId });
  await reaches(machineId, 'stopped');
  const kinds = await kindsOf(machineId);
  expect(kinds.at(-1)).toBe('stop');
  const [incident] = await operator().machines.incidents({ machineId });
  expect(incident).toMatchObject({ outcome: 'cancelled' });
  await operator().projects.sweep({ project: machineId.split('.')[0] ?? '' });
  expect(await kindsOf(machineId)).toEqual(kinds);
});

test.each([
  ['restart-services', 1],
  ['restart', 3],
] as const)('what %s cures is healed by level %i, and no more is done', async (curedBy, level) => {
  const { machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  await tellHost(host, { do: 'ail', machineId, ailment: { service: 'web', curedBy } });
  const [incident] = await eventually(
    () => operator().machines.incidents({ machineId }),
    ([one]) => one?.outcome === 'healed',
  );
  expect(incident).toMatchObject({ number: 1, healedBy: level });
  await reaches(machineId, 'healthy');
  expect((await kindsOf(machineId)).filter((kind) => kind === 'restart')).toHaveLength(level === 3 ? 1 : 0);
});
