/** What people ask of one machine about its versions, its image and saved work. */
import { describe, expect, test } from 'vitest';
import { FAKE_IMAGES } from '../providers/fake-provider.ts';
import { tellHost } from '../../test/fake-host/script.ts';
import { env, eventually, newMachine, operator, reaches, template } from '../../test/in-workerd.ts';

const host = env.FETTLE_HOST_URL;
const [, OTHER = ''] = FAKE_IMAGES;

async function healthyMachine() {
  const made = await newMachine();
  await reaches(made.machineId, 'healthy');
  return made;
}

/** Waits for an event of the timeline. */
function happens(machineId: string, message: RegExp) {
  return eventually(
    () => operator().machines.events({ machineId }),
    (events) => events.some((event) => message.test(event.message)),
  );
}

describe.concurrent('a rebuild', () => {
  test('runs the machine from another image, once, and keeps its data', async () => {
    const { machineId } = await healthyMachine();
    expect(await operator().machines.rebuild({ machineId, image: OTHER })).toMatchObject({ accepted: true });
    await eventually(
      () => operator().machines.get({ machineId }),
      (view) => view.versions?.image === OTHER && view.phase === 'healthy',
    );
    const { operations } = await tellHost(host, { do: 'look', machineId });
    expect(operations.filter(({ kind }) => kind === 'rebuild')).toHaveLength(1);
  });

  test('from an image that does not exist leaves the machine as it is, and says so', async () => {
    const { machineId } = await healthyMachine();
    const { versions } = await operator().machines.get({ machineId });
    await operator().machines.rebuild({ machineId, image: 'no-such-image' });
    await happens(machineId, /There is no image no-such-image/);
    const view = await reaches(machineId, 'healthy');
    expect(view.versions).toEqual(versions);
  });

  test('is refused for a name that is none', async () => {
    const image = '; rm -rf /';
    await expect(operator().machines.rebuild({ machineId: 'demo.web-1.1', image })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      data: { field: 'image' },
    });
  });
});

describe.concurrent('saved work', () => {
  test('is brought back by the runtime inside, once, and the timeline says so', async () => {
    const { machineId } = await healthyMachine();
    await operator().machines.restoreWork({ machineId, from: machineId, evidence: '12' });
    await happens(machineId, /the work was brought back/);
    const { commands } = await eventually(
      () => tellHost(host, { do: 'look', machineId }),
      (look) => look.commands.some((command) => command.startsWith('add restore-')),
    );
    expect(commands.filter((command) => command.startsWith('add restore-'))).toHaveLength(1);
  });

  test('that does not fit is refused with the reason of the machine', async () => {
    const { machineId } = await healthyMachine();
    await tellHost(host, { do: 'refuse-work', machineId, why: 'server.mjs has changes of its own' });
    await operator().machines.restoreWork({ machineId, from: machineId, evidence: '12' });
    await happens(machineId, /server\.mjs has changes of its own/);
  });

  test.each([
    [{ from: 'nobody', evidence: '1' }, 'from'],
    [{ from: 'demo.web-1.1', evidence: '../1' }, 'evidence'],
    [{ from: 'demo.web-1.1', evidence: '0' }, 'evidence'],
  ])('is named by a machine and a bundle: %o', async (saved, field) => {
    const asked = operator().machines.restoreWork({ machineId: 'demo.web-1.1', ...saved });
    await expect(asked).rejects.toMatchObject({ code: 'BAD_REQUEST', data: { field } });
  });
});

test.each([
  ['rebuild', (machineId: string) => operator().machines.rebuild({ machineId, image: OTHER })],
  [
    'restore work in',
    (machineId: string) => operator().machines.restoreWork({ machineId, from: machineId, evidence: '1' }),
  ],
])('nobody can %s a machine that does not exist', async (_, call) => {
  await expect(call('nobody.web-1.1')).rejects.toMatchObject({ code: 'MACHINE_NOT_FOUND' });
  const { project } = await newMachine();
  await expect(call(`${project}.web-9.1`)).rejects.toMatchObject({ code: 'MACHINE_NOT_FOUND' });
});

describe('a template', () => {
  const apply = (over: Partial<typeof template> & { regions?: string[]; type?: 'daytona' | 'fly' }) =>
    operator().projects.apply({
      organization: 'acme',
      project: `t-${crypto.randomUUID().slice(0, 8)}`,
      slots: ['web-1'],
      template: { ...template, ...over },
    });

  test.each([
    ['daytona', 'FETTLE_DAYTONA_KEY'],
    ['fly', 'FETTLE_FLY_TOKEN'],
  ] as const)(
    'of a type that is not configured is refused, and nothing is made: %s',
    async (type, missing) => {
      const before = await operator().projects.list();
      await expect(apply({ type } as never)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
        message: expect.stringContaining(`${missing} is not set`),
        data: { field: 'template.type' },
      });
      expect(await operator().projects.list()).toEqual(before);
    },
  );

  test('with regions for machines that have none is refused', async () => {
    await expect(apply({ regions: ['fra'] })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      data: { field: 'template.regions' },
    });
  });

  test('with an image has its machines made from it', async () => {
    const { project } = await apply({ image: OTHER } as never);
    const view = await reaches(`${project}.web-1.1`, 'healthy');
    expect(view.versions?.image).toBe(OTHER);
  });
});
