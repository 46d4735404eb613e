import { createScheduledController, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import {
  alarmOf,
  env,
  eventually,
  loseAlarm,
  newMachine,
  operator,
  reaches,
  reset,
} from '../../test/in-workerd.ts';
import { tellHost } from '../../test/fake-host/script.ts';
import { migrate } from '../storage/migrate.ts';
import worker from '../worker.ts';
import { projectMigrations } from './schema.ts';

const host = env.FETTLE_HOST_URL;

const slotOf = async (project: string) =>
  (await operator().slots.resolve({ project, slot: 'web-1' })).machineId;

async function healthyMachine() {
  const made = await newMachine();
  await reaches(made.machineId, 'healthy');
  await eventually(
    () => slotOf(made.project),
    (machineId) => machineId === made.machineId,
  );
  return { ...made, next: made.machineId.replace(/\d+$/, '2') };
}

test('a machine that is given up is substituted, and its slot leads nowhere until the new one is healthy', async () => {
  const { project, machineId, next } = await healthyMachine();
  const path: (string | null)[] = [];
  await tellHost(host, { do: 'ail', machineId, ailment: { service: 'web', curedBy: 'nothing' } });
  await eventually(
    async () => {
      const behind = await slotOf(project);
      if (behind !== path.at(-1)) path.push(behind);
      return behind;
    },
    (behind) => behind === next,
  );
  expect(path).toEqual([machineId, null, next]);
  const { notices, retired, slots } = await operator().projects.get({ project });
  expect(notices.map((notice) => notice.kind)).toEqual(expect.arrayContaining(['bricked', 'substituted']));
  expect(retired).toMatchObject([{ machineId }]);
  expect(slots[0]).toMatchObject({ machineId: next, machines: [next, machineId], plan: null });
  await reaches(machineId, 'retired');
});

test('a machine that its provider lost is substituted too, and cleaned up when its time has come', async () => {
  const { project, machineId, next } = await healthyMachine();
  await tellHost(host, { do: 'lose', machineId });
  await eventually(
    () => slotOf(project),
    (behind) => behind === next,
  );
  await reaches(machineId, 'retired');
  const stub = env.PROJECTS.getByName(project);
  await eventually(
    () => projectAlarm(project),
    (alarm) => (alarm ?? 0) > Date.now() + 60_000,
  );
  const cleanUpAt = (await projectAlarm(project)) ?? 0;
  // The alarm fires although our clock is behind it. One that is set to the time of the one that fires is lost.
  await runInDurableObject(stub, (instance) =>
    instance.alarm({ scheduledTime: cleanUpAt, retryCount: 0, isRetry: false }),
  );
  expect(await projectAlarm(project)).not.toBe(cleanUpAt);
  await reaches(machineId, 'destroyed');
});

test('however often a machine is told to be bricked, it is substituted once', async () => {
  const { project, machineId, next } = await healthyMachine();
  const stub = env.PROJECTS.getByName(project);
  const { incident } = await brickedIncident(machineId);
  const versions = { platform: 'main' };
  const notice = { kind: 'bricked', incident, copy: null, copyAgeMs: null, versions, image: null } as const;
  await Promise.all([1, 2, 3].map(() => stub.onMachineMessage(machineId, notice)));
  expect(await slotOf(project)).toBeNull();
  await reaches(next, 'healthy');
  await stub.onMachineMessage(machineId, notice);
  await eventually(
    () => slotOf(project),
    (behind) => behind === next,
  );
  await stub.onMachineMessage(machineId, notice);
  const { slots, notices } = await operator().projects.get({ project });
  expect(slots[0]).toMatchObject({ machineId: next, machines: [next, machineId], plan: null });
  expect(notices.filter((one) => one.kind === 'bricked')).toHaveLength(1);
  expect(notices.filter((one) => one.kind === 'substituted')).toHaveLength(1);
  const third = await tellHost(host, { do: 'look', machineId: machineId.replace(/\d+$/, '3') });
  expect(third.operations).toEqual([]);
});

test('who asks for a sweep while one goes on gets what that one finds', async () => {
  const { project, machineId } = await healthyMachine();
  await loseForGood(machineId);
  const ask = () => env.PROJECTS.getByName(project).sweep();
  expect(await Promise.all([ask(), ask()])).toEqual([[machineId], [machineId]]);
  const { notices } = await operator().projects.get({ project });
  expect(notices.filter(({ kind }) => kind === 'rearmed')).toHaveLength(1);
  expect(await ask()).toEqual([]);
});

test('a project whose record cannot be read keeps no other project from being swept', async () => {
  // The directory lists by name: the broken one comes first.
  const broken = `a-broken-${crypto.randomUUID().slice(0, 8)}`;
  await env.DIRECTORY.getByName('directory').register({ organization: 'acme', project: broken });
  await runInDurableObject(env.PROJECTS.getByName(broken), (_, state) =>
    migrate(state.storage, projectMigrations),
  );
  await breakRecord(env.PROJECTS.getByName(broken), 'project');
  const { machineId } = await healthyMachine();
  await loseForGood(machineId);
  await worker.scheduled(createScheduledController(), env);
  expect(await alarmOf(machineId)).not.toBeNull();
});

test('a machine whose record cannot be read keeps no other machine from being swept or listed', async () => {
  const project = `two-${crypto.randomUUID().slice(0, 8)}`;
  const template = {
    type: 'local-docker' as const,
    services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
    versions: { platform: 'main', customer: 'main' },
  };
  const policy = { check: { intervalMs: 500 } };
  await operator().projects.apply({
    organization: 'acme',
    project,
    slots: ['web-1', 'web-2'],
    template,
    policy,
  });
  const [sick, well] = [`${project}.web-1.1`, `${project}.web-2.1`];
  await Promise.all([reaches(sick, 'healthy'), reaches(well, 'healthy')]);
  await breakRecord(env.MACHINES.getByName(sick), 'machine');
  await loseForGood(well);
  expect((await operator().projects.sweep({ project })).rearmed).toEqual([well]);
  expect((await operator().projects.get({ project })).watch).toMatchObject({
    machines: 2,
    silentMachines: [sick],
    rearmed: [well],
  });
  const listed = await operator().machines.list({ project });
  expect(listed.map((view) => view.identity.machineId)).toEqual([well]);
});

function projectAlarm(project: string): Promise<number | null> {
  return runInDurableObject(env.PROJECTS.getByName(project), (_, state) => state.storage.getAlarm());
}

/** Makes an object's only row unreadable, as a bug of ours would. */
async function breakRecord(stub: DurableObjectStub, table: 'machine' | 'project'): Promise<void> {
  await runInDurableObject(stub, async (_, state) => {
    await state.storage.deleteAlarm();
    const columns = table === 'machine' ? "(1, '{', '{')" : "(1, '{')";
    state.storage.sql.exec(`INSERT OR REPLACE INTO ${table} VALUES ${columns}`);
  });
  // What it remembers is right; the next instance has to read.
  await reset(stub);
}

async function loseForGood(machineId: string): Promise<void> {
  await eventually(
    async () => {
      await loseAlarm(machineId);
      await env.MACHINES.getByName(machineId).events({ limit: 1 });
      return alarmOf(machineId);
    },
    (alarm) => alarm === null,
  );
}

/** An incident as a bricked machine tells it. */
async function brickedIncident(machineId: string) {
  const now = (await reaches(machineId, 'healthy')).now;
  const incident = {
    number: 1,
    firstFailedAt: now,
    openedAt: now,
    cause: [],
    diagnosis: { domain: 'machine', message: 'as told by the test' } as const,
    tries: [],
    evidence: [],
    held: null,
    healedAt: null,
    closedAt: null,
    outcome: 'bricked' as const,
    healedBy: null,
  };
  return { incident };
}
