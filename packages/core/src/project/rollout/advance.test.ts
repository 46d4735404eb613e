import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, T0 } from '../../testing/builders.ts';
import { after, config, gaveUp, running } from '../../testing/project-builders.ts';
import { customerTarget, ProjectLife, versionSet } from '../../testing/project-life.ts';

const slots = (count: number) => Array.from({ length: count }, (_, index) => `web-${index + 1}`);
const NEXT = customerTarget(commit('b'));
const BAKE = 5 * MINUTE;

describe('a rollout', () => {
  test('goes through the project in waves, each twice as large as the one before', () => {
    const life = new ProjectLife(slots(8));
    life.ask(NEXT);
    expect(life.changedSlots()).toEqual(['web-1']);
    life.carryOut();
    expect(life.rollout).toMatchObject({
      state: 'done',
      waves: [
        { slots: ['web-1'], outcome: 'good' },
        { slots: ['web-2', 'web-3'], outcome: 'good' },
        { slots: ['web-4', 'web-5', 'web-6', 'web-7'], outcome: 'good' },
        { slots: ['web-8'], outcome: 'good' },
      ],
      waiting: [],
      skipped: [],
      message: '8 machines were changed and are well',
    });
    expect(life.notices.map(({ message }) => message)).toEqual([
      'Rollout 1: refresh to customer b000000 begins: 8 slots to change',
      'Rollout 1: 8 machines were changed and are well',
    ]);
  });

  test('orders the refs that it names, and nothing else', () => {
    const life = new ProjectLife(slots(1));
    life.ask(NEXT);
    expect(life.changes).toMatchObject([
      { machineId: 'demo.web-1.1', order: 'rollout-1', refs: { customer: commit('b') }, image: null },
    ]);
  });

  test('begins with those that are well the longest', () => {
    const life = new ProjectLife(slots(3));
    life.tell('web-1', { healthySince: T0 });
    life.tell('web-2', { healthySince: T0 - 2 * HOUR });
    life.ask(NEXT);
    expect(life.changedSlots()).toEqual(['web-2']);
  });

  test.each([
    ['before the bake time is over', BAKE - 1, 'running'],
    ['when it is over', BAKE, 'good'],
  ])('calls a wave good no sooner: %s', (_name, ms, outcome) => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.obeys('web-1');
    life.pass(ms);
    expect(life.rollout.waves[0]?.outcome).toBe(outcome);
  });

  test('lets a machine bake anew that was unwell in between', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.obeys('web-1');
    life.pass(BAKE - 1);
    life.tell('web-1', { phase: 'suspect', sick: true, healthySince: null });
    life.getsWell('web-1');
    life.pass(BAKE - 1);
    expect(life.rollout.waves).toMatchObject([{ outcome: 'running' }]);
    life.pass(1);
    expect(life.rollout.waves).toMatchObject([{ outcome: 'good' }, { outcome: 'running' }]);
  });

  test('gives the others exactly what the first machine made of a branch', () => {
    const life = new ProjectLife(slots(4), { rollout: { firstWave: 3 } });
    life.ask(customerTarget('main'));
    expect(life.changes).toMatchObject([{ refs: { customer: 'main' } }]);
    life.obeys('web-1');
    // Somebody pushes in the meantime.
    life.branches.main = commit('c');
    life.wake();
    expect(life.changes.slice(1)).toMatchObject([
      { machineId: 'demo.web-2.1', refs: { customer: commit('b') } },
      { machineId: 'demo.web-3.1', refs: { customer: commit('b') } },
    ]);
    expect(life.rollout.versions).toEqual(versionSet('b'));
  });

  test('of an image rebuilds', () => {
    const life = new ProjectLife(slots(1));
    life.ask({ refs: null, image: 'image-2' });
    expect(life.changes).toMatchObject([{ refs: null, image: 'image-2' }]);
    life.carryOut();
    expect(life.rollout.state).toBe('done');
    expect(life.record.template.image).toBe('image-2');
  });

  test('of all slots is what new ones start with, once it is done', () => {
    const life = new ProjectLife(slots(1));
    life.ask(customerTarget('main'));
    expect(life.record.template.versions).toEqual({ platform: 'main', customer: 'main' });
    life.carryOut();
    expect(life.record.template.versions).toEqual({ platform: 'main', customer: commit('b') });
  });

  test('of some slots touches no other one, and not the template', () => {
    const life = new ProjectLife(slots(3));
    life.ask(NEXT, ['web-2']);
    life.carryOut();
    expect(life.changedSlots()).toEqual(['web-2']);
    expect(life.record.template.versions).toEqual({ platform: 'main', customer: 'main' });
  });

  test('of all slots takes along one that is added', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.do({ type: 'applied', config: config({ slots: slots(3) }) });
    expect(life.rollout.waiting).toEqual(['web-2', 'web-3']);
  });

  test('leaves a machine that is sick, stopped or being replaced for the end, and then out', () => {
    const life = new ProjectLife(slots(5));
    life.fallsSick('web-1');
    life.tell('web-2', { phase: 'stopped', healthySince: null });
    life.do(gaveUp('demo.web-3.1'));
    life.ask(NEXT);
    life.carryOut();
    expect(life.changedSlots()).toEqual(['web-4', 'web-5']);
    expect(life.rollout).toMatchObject({
      state: 'done',
      skipped: [
        { slot: 'web-1', reason: 'it is sick' },
        { slot: 'web-2', reason: 'it was stopped' },
        { slot: 'web-3', reason: 'it is being substituted' },
      ],
    });
    expect(life.rollout.message).toContain('left out: web-1 (it is sick)');
  });

  test('that can change nobody says so', () => {
    const life = new ProjectLife(slots(1));
    life.fallsSick('web-1');
    life.ask(NEXT);
    expect(life.rollout).toMatchObject({
      state: 'stopped',
      message: 'no machine could be changed; left out: web-1 (it is sick)',
    });
  });

  test('waits while the storm guard holds, says so, and ends when that lasts', () => {
    const life = new ProjectLife(slots(4));
    for (const slot of ['web-1', 'web-2', 'web-3']) life.fallsSick(slot);
    life.ask(NEXT);
    expect(life.changes).toEqual([]);
    expect(life.rollout).toMatchObject({
      state: 'running',
      message: expect.stringContaining('waits: 3 of 4'),
    });
    life.pass(20 * MINUTE);
    expect(life.rollout.state).toBe('stopped');
  });

  test('goes on when the storm is over', () => {
    const life = new ProjectLife(slots(4));
    for (const slot of ['web-1', 'web-2', 'web-3']) life.fallsSick(slot);
    life.ask(NEXT);
    life.getsWell('web-1');
    life.wake();
    expect(life.changedSlots()).toEqual(['web-4']);
  });

  test('whose only machine was stopped before it had changed brings nobody anywhere', () => {
    const life = new ProjectLife(slots(1));
    life.ask(customerTarget('main'));
    life.tell('web-1', { phase: 'stopped', healthySince: null });
    expect(life.rollout).toMatchObject({
      state: 'stopped',
      message: expect.stringContaining('no machine could'),
    });
    expect(life.record.template.versions).toEqual({ platform: 'main', customer: 'main' });
  });

  test('goes on without a machine that is stopped in the middle', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    const order = { id: 'rollout-1', status: 'failed' as const, message: 'the machine was stopped' };
    life.tell('web-1', { phase: 'stopping', healthySince: null, order });
    life.wake();
    expect(life.changedSlots()).toEqual(['web-1', 'web-2']);
    expect(life.rollout).toMatchObject({
      waves: [{ outcome: 'stopped' }, { outcome: 'running' }],
      skipped: [{ slot: 'web-1', reason: 'it was stopped' }],
    });
  });
});

describe('a pinned slot', () => {
  test('that was pinned before its turn in the running wave came, is not ordered', () => {
    const life = new ProjectLife(slots(3), { rollout: { firstWave: 3 } });
    life.ask(customerTarget('main'));
    life.do({ type: 'pinned', slot: 'web-2', reason: 'demo on Friday' });
    life.carryOut();
    expect(life.changedSlots()).toEqual(['web-1', 'web-3']);
    expect(life.rollout).toMatchObject({
      state: 'done',
      skipped: [{ slot: 'web-2', reason: 'it is pinned: demo on Friday' }],
    });
  });

  test('is left out, with the reason', () => {
    const life = new ProjectLife(slots(2));
    life.do({ type: 'pinned', slot: 'web-1', reason: 'demo on Friday' });
    life.ask(NEXT);
    life.carryOut();
    expect(life.changedSlots()).toEqual(['web-2']);
    expect(life.rollout.skipped).toEqual([{ slot: 'web-1', reason: 'it is pinned: demo on Friday' }]);
  });

  test('whose order was not sent yet, is not sent it', () => {
    const life = new ProjectLife(slots(2));
    life.do({ type: 'refresh-asked', target: NEXT, slots: null });
    life.do({ type: 'pinned', slot: 'web-1', reason: 'demo on Friday' });
    life.wake();
    expect(life.changedSlots()).toEqual(['web-2']);
  });

  test('that has refused its order for that is left out', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.do({ type: 'pinned', slot: 'web-1', reason: 'demo on Friday' });
    life.refuses('web-1', 'The slot is pinned: demo on Friday');
    expect(life.rollout).toMatchObject({
      state: 'running',
      skipped: [{ slot: 'web-1', reason: 'it is pinned: demo on Friday' }],
      waves: [{ outcome: 'stopped' }, { slots: ['web-2'] }],
    });
  });

  test('is not taken back either', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.obeys('web-1');
    life.do({ type: 'pinned', slot: 'web-1', reason: 'I look at it' });
    life.do({ type: 'rollout-stopped', revert: true, reason: 'enough' });
    life.wake();
    expect(life.rollout.state).toBe('reverted');
    expect(life.changes).toHaveLength(1);
  });
});

test('a project that is not asked for anything has no rollout', () => {
  expect(after(running(), { type: 'woke' }).rollout).toBeNull();
});
