/** What people ask of a project about the versions of its machines, as it reaches the machines. */
import type { ProjectView, VersionSet } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { FAKE_IMAGES } from '../providers/fake-provider.ts';
import { tellHost } from '../../test/fake-host/script.ts';
import { BY, env, eventually, FAST, operator, policyOf, reaches, template } from '../../test/in-workerd.ts';

const [IMAGE = '', OTHER = ''] = FAKE_IMAGES;
const host = env.FETTLE_HOST_URL;
const POLICY = { ...FAST, rollout: { bakeMs: 0 } };

/** A project whose machines are healthy. */
async function fleet(...slots: string[]): Promise<string> {
  const project = `v-${crypto.randomUUID().slice(0, 8)}`;
  await operator().projects.apply({ organization: 'acme', project, slots, template, policy: POLICY });
  await Promise.all(slots.map((slot) => reaches(`${project}.${slot}.1`, 'healthy')));
  return project;
}

/** Waits until a project looks so. */
function becomes(project: string, fits: (view: ProjectView) => boolean): Promise<ProjectView> {
  return eventually(() => operator().projects.get({ project }), fits);
}

async function versionsOf(project: string, slot: string): Promise<VersionSet> {
  const { slots } = await becomes(project, (view) => view.slots.every(({ versions }) => versions !== null));
  return slots.find((one) => one.slot === slot)?.versions as VersionSet;
}

async function operationsOf(machineId: string): Promise<string[]> {
  return (await tellHost(host, { do: 'look', machineId })).operations.map(({ kind }) => kind);
}

describe.concurrent('a rollout', () => {
  test('brings every machine to the image, wave by wave, and new slots start with it', async () => {
    const project = await fleet('web-1', 'web-2');
    await operator().projects.refreshCode({ project, image: OTHER });
    const { rollout, slots } = await becomes(project, (view) => view.rollout?.state === 'done');
    expect(rollout?.waves.map(({ outcome, slots: changed }) => [outcome, changed.length])).toEqual([
      ['good', 1],
      ['good', 1],
    ]);
    expect(slots.map(({ versions }) => versions?.image)).toEqual([OTHER, OTHER]);
    const { template: next } = await operator().projects.get({ project });
    expect(next.image).toBe(OTHER);
  });

  test('that hurts stops after its first wave, and the machine runs again what it ran before', async () => {
    const project = await fleet('web-1', 'web-2');
    const before = await versionsOf(project, 'web-1');
    await operator().projects.refreshCode({ project, refs: { customer: 'broken' } });
    const { rollout } = await becomes(project, (view) => view.rollout?.state === 'reverted');
    expect(rollout?.waves.map(({ outcome }) => outcome)).toEqual(['hurt']);
    const [changed = ''] = rollout?.waves[0]?.slots ?? [];
    const { slots } = await becomes(project, (view) =>
      view.slots.every(
        ({ versions, phase }) => versions?.customer === before.customer && phase === 'healthy',
      ),
    );
    expect(slots.map(({ machines }) => machines.length)).toEqual([1, 1]);
    const spared = changed === 'web-1' ? 'web-2' : 'web-1';
    expect((await tellHost(host, { do: 'look', machineId: `${project}.${spared}.1` })).commands).toEqual([]);
  });

  test('is refused with the reason, and nothing is done', async () => {
    const project = await fleet('web-1');
    const { refreshCode, pin, get } = operator().projects;
    await expect(refreshCode({ project, image: OTHER, slots: ['web-9'] })).rejects.toMatchObject({
      code: 'SLOT_NOT_FOUND',
      message: 'There is no slot web-9',
    });
    await pin({ project, slot: 'web-1', reason: 'a demo' });
    await expect(refreshCode({ project, image: OTHER })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await get({ project })).rollout).toBeNull();
    await expect(
      operator().projects.stopRollout({ project, revert: true, reason: 'why' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(await operationsOf(`${project}.web-1.1`)).not.toContain('rebuild');
  });
});

test('a pinned slot is told so, and a person cannot change its machine either until it is unpinned', async () => {
  const project = await fleet('web-1');
  const machineId = `${project}.web-1.1`;
  expect((await operator().projects.pin({ project, slot: 'web-1', reason: 'a demo' })).pins).toMatchObject([
    { slot: 'web-1', reason: 'a demo' },
  ]);
  const rebuild = () =>
    operator()
      .machines.rebuild({ machineId, image: OTHER })
      .then(
        () => 'taken',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
  await eventually(
    async () => {
      const refs = { customer: 'main' };
      return operator()
        .machines.refreshCode({ machineId, refs })
        .catch((error: { message: string }) => error.message);
    },
    (answer) => typeof answer === 'string' && answer.includes('a demo'),
  );
  expect(await rebuild()).toMatch(/^CONFLICT: .*a demo/);
  expect((await operator().projects.unpin({ project, slot: 'web-1' })).pins).toEqual([]);
  await eventually(rebuild, (answer) => answer === 'taken');
  await eventually(
    () => operator().machines.get({ machineId }),
    (view) => view.versions?.image === OTHER,
  );
});

test('quarantined versions are refused to everybody until a person lifts the quarantine', async () => {
  const project = await fleet('web-1');
  const machineId = `${project}.web-1.1`;
  const good = await versionsOf(project, 'web-1');
  await operator().machines.rebuild({ machineId, image: OTHER });
  await becomes(project, (view) => view.slots[0]?.versions?.image === OTHER);
  const bad = { ...good, image: OTHER };
  const { quarantines } = await operator().projects.quarantine({
    project,
    versions: bad,
    reason: 'it leaks',
  });
  expect(quarantines).toMatchObject([{ versions: bad, by: 'person', reason: 'it leaks' }]);
  await becomes(project, (view) => view.slots[0]?.versions?.image === IMAGE);
  await expect(operator().projects.refreshCode({ project, image: OTHER })).rejects.toMatchObject({
    code: 'QUARANTINED',
    status: 409,
  });
  await expect(operator().machines.rebuild({ machineId, image: OTHER })).rejects.toMatchObject({
    code: 'QUARANTINED',
  });
  const lifted = await operator().projects.liftQuarantine({
    project,
    versions: bad,
    reason: 'it was the host',
  });
  expect(lifted.quarantines).toEqual([]);
  const unknown = { ...good, customer: 'd'.repeat(40) };
  await expect(
    operator().projects.quarantine({ project, versions: unknown, reason: 'why not' }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('the type of a project is for life', async () => {
  const project = await fleet('web-1');
  const { template: before } = await operator().projects.get({ project });
  const config = {
    organization: 'acme',
    project,
    slots: ['web-1'],
    template: { ...before, type: 'fly' as const },
    policy: policyOf(POLICY),
  };
  const answer = await env.PROJECTS.getByName(project).apply(config, BY);
  expect(answer).toMatchObject({
    ok: false,
    code: 'CONFLICT',
    message: expect.stringContaining('template.type'),
  });
  expect((await operator().projects.get({ project })).template.type).toBe('local-docker');
});

describe('wrong input is refused by its field', () => {
  const { projects } = operator();
  const versions = { image: 'i', platform: 'a'.repeat(40), customer: 'c'.repeat(40) };

  test.each<[string, () => Promise<unknown>]>([
    ['image', () => projects.refreshCode({ project: 'demo', image: 'no image' })],
    ['refs.customer', () => projects.refreshCode({ project: 'demo', refs: { customer: '--upload-pack=x' } })],
    ['slots', () => projects.refreshCode({ project: 'demo', image: 'i', slots: [] })],
    ['slots.0', () => projects.refreshCode({ project: 'demo', image: 'i', slots: ['Web'] })],
    ['input', () => projects.refreshCode({ project: 'demo' })],
    ['reason', () => projects.stopRollout({ project: 'demo', revert: true, reason: '' })],
    ['revert', () => projects.stopRollout({ project: 'demo', revert: 'yes' as never, reason: 'r' })],
    ['slot', () => projects.pin({ project: 'demo', slot: '../x', reason: 'r' })],
    ['reason', () => projects.pin({ project: 'demo', slot: 'web-1', reason: 'x'.repeat(501) })],
    ['slot', () => projects.unpin({ project: 'demo', slot: '' })],
    [
      'versions.platform',
      () =>
        projects.quarantine({ project: 'demo', versions: { ...versions, platform: 'main' }, reason: 'r' }),
    ],
    [
      'versions.image',
      () => projects.liftQuarantine({ project: 'demo', versions: { ...versions, image: '' }, reason: 'r' }),
    ],
  ])('%s', async (field, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining(`${field}: `),
    });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['refreshCode', () => projects.refreshCode({ project: 'nobody', image: 'i' })],
    ['stopRollout', () => projects.stopRollout({ project: 'nobody', revert: false, reason: 'r' })],
    ['pin', () => projects.pin({ project: 'nobody', slot: 'web-1', reason: 'r' })],
    ['unpin', () => projects.unpin({ project: 'nobody', slot: 'web-1' })],
    ['quarantine', () => projects.quarantine({ project: 'nobody', versions, reason: 'r' })],
    ['liftQuarantine', () => projects.liftQuarantine({ project: 'nobody', versions, reason: 'r' })],
    ['setPolicy', () => projects.setPolicy({ project: 'nobody', policy: policyOf({}) })],
    ['overrideGuard', () => projects.overrideGuard({ project: 'nobody', forMs: 60_000, reason: 'r' })],
  ])('%s of a project that does not exist', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  });
});
