import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import {
  alarmOf,
  BY,
  env,
  eventually,
  FAST,
  loseAlarm,
  newMachine,
  operator,
  policyOf,
  reaches,
  reset,
  storedRecord,
} from '../../test/in-workerd.ts';
import { tellHost } from '../../test/fake-host/script.ts';

const host = env.FETTLE_HOST_URL;

test('a machine is created and found healthy by its alarms alone', async () => {
  const { project, machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  const { operations } = await tellHost(host, { do: 'look', machineId });
  expect(operations[0]).toMatchObject({ kind: 'create', status: 'done' });
  await eventually(
    () => operator().slots.resolve({ project, slot: 'web-1' }),
    (slot) => slot.machineId === machineId,
  );
  const { versions, services, lastCheckAt } = await operator().machines.get({ machineId });
  expect(versions).toMatchObject({ platform: 'a'.repeat(40), customer: 'c'.repeat(40) });
  expect(services.map((service) => service.name)).toEqual(['daemon', 'web']);
  expect(lastCheckAt).not.toBeNull();
});

test('a watched machine has an alarm within two intervals at every moment', async () => {
  const { machineId } = await newMachine();
  const seen: { phase: string; inMs: number | null }[] = [];
  await eventually(
    async () => {
      const view = await env.MACHINES.getByName(machineId).getHealth();
      const alarm = view.ok ? await alarmOf(machineId) : null;
      if (view.ok) seen.push({ phase: view.value.phase, inMs: alarm === null ? null : alarm - Date.now() });
      return seen;
    },
    () => seen.filter((one) => one.phase === 'healthy').length >= 40,
  );
  expect(seen.filter((one) => one.inMs === null)).toEqual([]);
  expect(Math.max(...seen.map((one) => one.inMs ?? Infinity))).toBeLessThanOrEqual(1000);
});

test('a lost alarm is found by the sweep, which says so', async () => {
  const { project, machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  // The alarm that runs at this moment may arm the next one: it is lost when it stays away.
  await eventually(
    async () => {
      await loseAlarm(machineId);
      return alarmOf(machineId);
    },
    (alarm) => alarm === null,
  );
  const before = (await reaches(machineId, 'healthy')).lastCheckAt ?? 0;
  const { rearmed } = await operator().projects.sweep({ project });
  expect(rearmed).toEqual([machineId]);
  await eventually(
    () => operator().machines.get({ machineId }),
    (view) => (view.lastCheckAt ?? 0) > before,
  );
  const { notices } = await operator().projects.get({ project });
  expect(notices).toContainEqual(expect.objectContaining({ kind: 'rearmed', machineId }));
  expect(await operator().projects.sweep({ project })).toEqual({ rearmed: [] });
});

test('an object that is reset between two checks goes on', async () => {
  const { machineId } = await newMachine();
  const { lastCheckAt } = await reaches(machineId, 'healthy');
  await reset(env.MACHINES.getByName(machineId));
  const { phase } = await eventually(
    () => operator().machines.get({ machineId }),
    (view) => (view.lastCheckAt ?? 0) > (lastCheckAt ?? 0),
  );
  expect(phase).toBe('healthy');
  const { operations } = await tellHost(host, { do: 'look', machineId });
  expect(operations.filter((operation) => operation.kind === 'create')).toHaveLength(1);
});

test('an evicted object comes back as it was, with its alarm', async () => {
  const { machineId } = await newMachine({ ...FAST, check: { ...FAST.check, intervalMs: 60_000 } });
  await reaches(machineId, 'healthy');
  // The next check is far away, and the run is over: nothing changes by itself any more.
  await eventually(
    () => storedRecord(machineId),
    ({ pending, check }) => pending === null && check.dueAt > Date.now() + 5000,
  );
  const before = [await alarmOf(machineId), (await reaches(machineId, 'healthy')).lastCheckAt];
  await evictDurableObject(env.MACHINES.getByName(machineId));
  expect([await alarmOf(machineId), (await reaches(machineId, 'healthy')).lastCheckAt]).toEqual(before);
});

test('an alarm whose body throws is armed again, and the machine goes on', async () => {
  const { machineId } = await newMachine();
  const { lastCheckAt } = await reaches(machineId, 'healthy');
  // A stub of an instance that was ended is broken.
  const stub = () => env.MACHINES.getByName(machineId);
  const good = await runInDurableObject(stub(), async (_, state) => {
    const { policy } = state.storage.sql.exec<{ policy: string }>('SELECT policy FROM machine').one();
    state.storage.sql.exec("UPDATE machine SET policy = '{}'");
    await state.storage.deleteAlarm();
    return policy;
  });
  await reset(stub());
  const armed = await runInDurableObject(stub(), async (instance, state) => {
    await instance.alarm();
    const alarm = await state.storage.getAlarm();
    state.storage.sql.exec('UPDATE machine SET policy = ?', good);
    return alarm;
  });
  expect(armed).toBeGreaterThan(Date.now());
  await reset(stub());
  await runInDurableObject(stub(), (_, state) => state.storage.setAlarm(Date.now() + 1));
  await eventually(
    () => operator().machines.get({ machineId }),
    (view) => (view.lastCheckAt ?? 0) > (lastCheckAt ?? 0),
  );
});

test('commands that cannot be taken are refused with a code', async () => {
  const api = operator();
  await expect(api.machines.get({ machineId: 'nothing.web-1.1' })).rejects.toMatchObject({
    code: 'MACHINE_NOT_FOUND',
    status: 404,
    data: { retryable: false },
  });
  const { machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  await expect(api.services.restart({ machineId, names: ['nope'] })).rejects.toMatchObject({
    code: 'SERVICE_NOT_FOUND',
  });
  await api.machines.stop({ machineId });
  await expect(api.machines.restart({ machineId })).rejects.toMatchObject({ code: 'CONFLICT', status: 409 });
  await reaches(machineId, 'stopped');
  await api.machines.start({ machineId });
  await reaches(machineId, 'healthy');
  await env.MACHINES.getByName(machineId).command({ kind: 'destroy' }, null);
  await expect(api.machines.start({ machineId })).rejects.toMatchObject({ code: 'RETIRED', status: 410 });
  await reaches(machineId, 'destroyed');
  await eventually(
    () => alarmOf(machineId),
    (alarm) => alarm === null,
  );
});

test('what an object answers over RPC keeps its code', async () => {
  const stub = env.MACHINES.getByName('nothing.web-1.2');
  expect(await stub.command({ kind: 'start' }, BY)).toEqual({
    ok: false,
    code: 'MACHINE_NOT_FOUND',
    message: 'There is no such machine',
  });
  const { machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  const fault = { kind: 'refuses', code: 'DISK_FULL', message: 'no space' } as const;
  await tellHost(host, { do: 'fault', machineId, point: 'exec', fault, times: 1 });
  const result = await env.MACHINES.getByName(machineId).executeCommand(
    { command: ['true'], timeoutMs: 1000 },
    BY,
  );
  expect(result).toEqual({ ok: false, code: 'DISK_FULL', message: 'no space' });
});

test('provisioning twice creates one machine', async () => {
  const { machineId } = await newMachine();
  const stub = env.MACHINES.getByName(machineId);
  const { identity } = await reaches(machineId, 'healthy');
  const origin = {
    identity,
    services: [],
    limits: { memoryMb: 1, cpus: 1, pids: 1 },
    initialVersions: { platform: 'other' },
    initialImage: null,
    regions: [],
    restoreCopyId: null,
  };
  await stub.provision(origin, policyOf({}));
  const { operations } = await tellHost(host, { do: 'look', machineId });
  expect(operations.filter((operation) => operation.kind === 'create')).toHaveLength(1);
  expect((await reaches(machineId, 'healthy')).services).toHaveLength(2);
});

test('an alarm that fires before its time by our clock arms a later one', async () => {
  const { machineId } = await newMachine({ ...FAST, check: { ...FAST.check, intervalMs: 60_000 } });
  await reaches(machineId, 'healthy');
  const alarm = await eventually(
    () => alarmOf(machineId),
    (time) => (time ?? 0) > Date.now() + 5000,
  );
  await runInDurableObject(env.MACHINES.getByName(machineId), async (instance, state) => {
    // An alarm set to the time of the one that fires is lost.
    const scheduledTime = alarm ?? 0;
    await instance.alarm({ scheduledTime, retryCount: 0, isRetry: false });
    expect(await state.storage.getAlarm()).toBeGreaterThan(scheduledTime);
  });
});

test('what an operator has overtaken while a message was under way is not sent any more', async () => {
  const { machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  const overtaken = {
    do: 'restart' as const,
    ref: { id: `${machineId}/999999`, sequence: 999_999 },
    createdAt: 0,
    sends: 1,
    nextSendAt: 0,
  };
  const event = await runInDurableObject(env.MACHINES.getByName(machineId), (instance) =>
    instance['sendIfWanted'](overtaken),
  );
  expect(event).toBeNull();
  const { operations } = await tellHost(host, { do: 'look', machineId });
  expect(operations.map((operation) => operation.kind)).not.toContain('restart');
});
