import { expect, test } from 'vitest';
import type { Bench } from './bench.ts';
import { docker, makeSmallVolume } from './container-hand.ts';
import type { FaultFleet } from './fault-fleet.ts';
import type { Treatment } from './interceptor.ts';
import { eventually, expectUntouched, isAbout, subject, triedLevels } from './watch.ts';

/** What happens to the requests that create the machine of row 19, one after the other. */
const CREATE_TROUBLE: Treatment[] = [
  { do: 'answer', status: 500, body: 'no' },
  { do: 'answer', status: 429, headers: { 'retry-after': '1' }, body: 'too many' },
  { do: 'cut-reply' },
  { do: 'swallow-reply' },
];
const CREATED = 'single.create.1';

/** Room for everything that a machine of the example repositories keeps, and a little more. */
const SMALL_DISK_MB = 16;

/** The faults that must be there before the machines are. The ids of the creates that they met are added to `seen`. */
export function troubleCreation({ toHost, toEngine, hostId }: FaultFleet, seen: { creates: string[] }): void {
  toHost.add((passing) => {
    if (passing.path !== '/rpc/machines/create' || !isAbout(CREATED, passing)) return null;
    const { json } = JSON.parse(passing.body) as { json: { action: { id: string } } };
    seen.creates.push(json.action.id);
    return CREATE_TROUBLE[seen.creates.length - 1] ?? null;
  });
  toEngine.add(({ method, path, body }) => {
    if (method !== 'POST' || !/\/volumes\/create\b/.test(path) || !body.includes('single.disk.')) return null;
    const { Name: name, Labels: labels } = JSON.parse(body) as {
      Name: string;
      Labels: Record<string, string>;
    };
    return {
      do: 'after',
      work: async () =>
        makeSmallVolume(hostId, { name, labels, megabytes: SMALL_DISK_MB, image: await anyImage() }),
    };
  });
}

/** Rows about what creates and controls machines. */
export function providerRows(bench: Bench, seen: { creates: string[] }): void {
  test(
    '19: a create whose outcome is unknown is asked for again under its id, and made once',
    bench.on('single/create', async (machine) => {
      await machine.when('is healthy', ({ phase }) => phase === 'healthy');
      expect(seen.creates.length).toBeGreaterThan(CREATE_TROUBLE.length);
      expect(new Set(seen.creates).size).toBe(1);
      const label = `label=fettle.machine=${CREATED}`;
      const found = await docker(
        'ps',
        '--all',
        '--quiet',
        '--filter',
        label,
        '--filter',
        'label=fettle.role=machine',
      );
      expect(found.split('\n')).toHaveLength(1);
      expect((await machine.view()).provider?.operation?.action.id).toBe(seen.creates[0]);
      expect(await machine.incidents()).toEqual([]);
    }),
  );

  test(
    '22: a machine that is gone is substituted with its data; a stranger under its name is left alone',
    bench.on('single/stranger', async (machine) => {
      const { client } = bench.fleet;
      const { container } = await machine.calm();
      await machine.guestbook.sign('before the container went');
      await docker('rm', '--force', container.id);
      const stranger = await docker(
        'run',
        '--detach',
        '--name',
        machine.hand.name,
        await anyImage(),
        'sleep',
        'infinity',
      );
      try {
        const next = subjectAfter(bench, 'stranger', 2);
        await next.when('is healthy', ({ phase }) => phase === 'healthy');
        await eventually('the slot', async () => {
          const { machineId } = await client.slots.resolve({ project: 'single', slot: 'stranger' });
          return machineId === next.machineId;
        });
        expect(await machine.guestbook.has('before the container went')).toBe(true);
        expect(await docker('inspect', '--format', '{{.State.Status}}', stranger)).toBe('running');
        const [incident] = await machine.incidents();
        expect(incident).toMatchObject({ outcome: 'bricked', diagnosis: { domain: 'machine' } });
        expect(triedLevels(incident!)).toEqual([4]);
      } finally {
        await docker('rm', '--force', stranger);
      }
    }),
  );

  test(
    '23, 25: a machine whose main process hangs is restarted once, although the restart outlives every deadline',
    bench.on('single/hang', async (machine) => {
      const { toHost, toEngine } = bench.fleet;
      const before = await machine.calm();
      const asked: string[] = [];
      const starts: string[] = [];
      const undo = [
        toHost.add((passing) => {
          if (passing.path !== '/rpc/machines/restart' || !isAbout(machine.machineId, passing)) return null;
          asked.push((JSON.parse(passing.body) as { json: { action: { id: string } } }).json.action.id);
          return asked.length === 1 ? { do: 'swallow-reply' } : null;
        }),
        toEngine.add(({ path }) => {
          if (path.includes(before.container.id) && /\/start\b/.test(path)) starts.push(path);
          return null;
        }),
      ];
      await machine.hand.signal('pidnap', 'SIGSTOP');
      await machine.when(
        'is known to hang',
        ({ incident, diagnosis }) => incident !== null && diagnosis?.domain === 'machine',
      );
      const incident = await machine.healed(before);
      expect(triedLevels(incident)).toEqual([3]);
      expect(asked.length).toBeGreaterThan(1);
      expect(new Set(asked).size).toBe(1);
      expect(starts).toHaveLength(1);
      for (const one of undo) one();
    }),
  );

  test(
    '24, 26: a paused machine is restarted, although somebody else does every step of it first',
    bench.on('single/race', async (machine) => {
      const before = await machine.calm();
      const done: string[] = [];
      const undo = bench.fleet.toEngine.add(({ path }) => {
        const verb = /\/(unpause|stop|start)(\?|$)/.exec(path)?.[1];
        if (verb === undefined || !path.includes(before.container.id) || done.includes(verb)) return null;
        done.push(verb);
        return { do: 'after', work: () => docker(verb, before.container.id) };
      });
      await docker('pause', before.container.id);
      const incident = await machine.healed(before);
      undo();
      expect(done).toEqual(['unpause', 'stop', 'start']);
      expect(triedLevels(incident)).toEqual([3]);
      expect(incident.cause).toMatchObject([{ code: 'machine-paused' }]);
      expect((await machine.view()).provider?.operation).toMatchObject({ kind: 'restart', error: null });
    }),
  );

  test(
    '31: without its image a machine is still restarted; its substitution is parked until a person allows another try',
    bench.on('single/image', async (machine) => {
      const { client, toEngine } = bench.fleet;
      const before = await machine.calm();
      const undo = toEngine.add(({ method, path }) =>
        method === 'POST' && path.includes('/containers/create') && path.includes('single.image.')
          ? { do: 'answer', status: 404, body: '{"message":"No such image: fettle-machine:latest"}' }
          : null,
      );
      try {
        await docker('kill', before.container.id);
        const restarted = await machine.healed(before);
        expect(triedLevels(restarted)).toEqual([3]);

        await machine.calm();
        await machine.hand.wipeOut();
        await eventually('a parked substitution', async () => {
          const { notices } = await client.projects.get({ project: 'single' });
          return notices.some(({ kind, slot }) => kind === 'parked' && slot === 'image');
        });
      } finally {
        undo();
      }
      const { policy } = await client.projects.get({ project: 'single' });
      const budgets = { ...policy.budgets, substitutions: { ...policy.budgets.substitutions, max: 5 } };
      await client.projects.setPolicy({ project: 'single', policy: { ...policy, budgets } });
      await eventually('a substitution that is not parked any more', async () => {
        const { machineId } = await client.slots.resolve({ project: 'single', slot: 'image' });
        return machineId !== null && machineId !== machine.machineId;
      });
    }),
  );

  test(
    '37: a machine that comes back after its substitution is fenced, and its slot leads to the new one only',
    bench.on('single/return', async (machine) => {
      const { client, toHost } = bench.fleet;
      const { container } = await machine.calm();
      const network = await docker(
        'inspect',
        '--format',
        '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}',
        container.id,
      );
      const lie = toHost.add((passing) => {
        if (!isAbout(machine.machineId, passing)) return null;
        if (passing.path === '/rpc/machines/inspect') return { do: 'edit', edit: saysAbsent };
        return { do: 'refuse' };
      });
      await docker('network', 'disconnect', network, container.id);
      const next = subjectAfter(bench, 'return', 2);
      await next.when('is healthy', ({ phase }) => phase === 'healthy');
      const routed = async () =>
        (await client.slots.resolve({ project: 'single', slot: 'return' })).machineId;
      await eventually('the slot', async () => (await routed()) === next.machineId);

      await docker('network', 'connect', network, container.id);
      lie();
      await eventually('the end of the old machine', async () => {
        const left = await docker('ps', '--all', '--quiet', '--filter', `id=${container.id}`);
        return left === '';
      });
      expect(await routed()).toBe(next.machineId);
      const old = await machine.view();
      expect(['retired', 'destroyed']).toContain(old.phase);
      await expectUntouched(next, { at: 0, container: await next.hand.facts(), view: await next.view() });
    }),
  );
}

/** An honest inspection, as a host gives it that has lost the machine with its disk. */
export function saysAbsent(body: string): string {
  const answer = JSON.parse(body) as { json: object };
  const lost = {
    state: 'absent',
    instanceId: null,
    image: null,
    startedAt: null,
    exitCode: null,
    diskPresent: false,
  };
  return JSON.stringify({ ...answer, json: { ...answer.json, ...lost, operation: null } });
}

function subjectAfter(bench: Bench, slot: string, generation: number) {
  return subject(bench.fleet, 'single', slot, generation);
}

async function anyImage(): Promise<string> {
  return docker('images', '--quiet', '--filter', 'reference=fettle-machine').then(
    (ids) => ids.split('\n')[0] ?? '',
  );
}
