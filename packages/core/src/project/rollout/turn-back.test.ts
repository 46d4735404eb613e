import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, T0 } from '../../testing/builders.ts';
import { gaveUp } from '../../testing/project-builders.ts';
import { customerTarget, GOOD, ProjectLife } from '../../testing/project-life.ts';

const slots = (count: number) => Array.from({ length: count }, (_, index) => `web-${index + 1}`);
const NEXT = customerTarget(commit('b'));
const BAKE = 5 * MINUTE;

describe('a wave hurts', () => {
  /** The first machine of four is changed and well; two more have been ordered to change, and have. */
  function secondWave(): ProjectLife {
    const life = new ProjectLife(slots(4));
    life.ask(NEXT);
    life.obeys('web-1');
    life.pass(BAKE);
    life.obeys('web-2');
    life.obeys('web-3');
    return life;
  }

  test('when a machine of it gets sick', () => {
    const life = secondWave();
    life.fallsSick('web-3');
    expect(life.rollout).toMatchObject({
      state: 'reverting',
      waves: [{ outcome: 'good' }, { outcome: 'hurt' }],
      waiting: [],
      message: expect.stringContaining('goes back: web-3: it got sick'),
    });
  });

  test('when a machine cannot be changed, with its own words', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.refuses('web-1', 'npm ci failed');
    expect(life.rollout).toMatchObject({ state: 'reverted', waves: [{ outcome: 'hurt' }] });
    expect(life.notices.map(({ message }) => message)).toContain(
      'Rollout 1: goes back: web-1: npm ci failed',
    );
    expect(life.changedSlots()).toEqual(['web-1']);
  });

  test('when it is not good in time', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.pass(20 * MINUTE - 1);
    expect(life.rollout.state).toBe('running');
    life.pass(1);
    expect(life.rollout).toMatchObject({ state: 'reverting', waves: [{ outcome: 'hurt' }] });
    expect(life.notices.at(-1)?.message).toContain(
      'wave 1 was not good in time (web-1: it has not changed yet)',
    );
  });

  test('and what was changed goes back to what it ran, the sick one when its own recovery has ended', () => {
    const life = secondWave();
    life.fallsSick('web-3');
    life.wake();
    expect(life.changes.slice(3)).toMatchObject([
      {
        machineId: 'demo.web-1.1',
        order: 'rollout-1-back',
        refs: { platform: commit('f'), customer: commit('a') },
      },
    ]);
    life.obeys('web-1');
    life.wake();
    life.obeys('web-2');
    life.wake();
    expect(life.rollout).toMatchObject({
      state: 'reverting',
      message: 'goes back, and waits: web-3: it is sick',
    });
    life.getsWell('web-3');
    life.wake();
    life.obeys('web-3');
    expect(life.rollout).toMatchObject({
      state: 'reverted',
      back: [{ slots: ['web-1'] }, { slots: ['web-2'] }, { slots: ['web-3'] }],
      message: '3 machines are back on what they ran before',
    });
    expect(life.changedSlots('rollout-1-back')).toEqual(['web-1', 'web-2', 'web-3']);
    expect(life.record.template.versions).toEqual({ platform: 'main', customer: 'main' });
  });

  test('and a machine that has healed itself back needs no order', () => {
    const life = secondWave();
    life.fallsSick('web-3');
    life.comesTo('web-3', GOOD);
    life.getsWell('web-3');
    for (const slot of ['web-1', 'web-2']) {
      life.wake();
      life.obeys(slot);
    }
    expect(life.rollout.state).toBe('reverted');
    expect(life.changedSlots('rollout-1-back')).toEqual(['web-1', 'web-2']);
  });

  test('and what was not sent yet is not sent any more', () => {
    const life = new ProjectLife(slots(2));
    life.do({ type: 'refresh-asked', target: NEXT, slots: null });
    life.do({ type: 'rollout-stopped', revert: true, reason: 'enough' });
    life.wake();
    expect(life.rollout).toMatchObject({ state: 'reverted', before: [] });
    expect(life.changes).toEqual([]);
  });

  test('and an order without an answer is not sent again, but taken back', () => {
    const life = new ProjectLife(slots(2));
    life.do({ type: 'refresh-asked', target: NEXT, slots: null });
    life.do({ type: 'woke' });
    life.do({ type: 'rollout-stopped', revert: true, reason: 'enough' });
    const changes = life.record.pending.filter((action) => action.do === 'change');
    expect(changes).toMatchObject([{ order: 'rollout-1-back', refs: { customer: commit('a') } }]);
  });

  test('and a machine that was never told to change is not told to go back', () => {
    const life = new ProjectLife(slots(3), { rollout: { firstWave: 2 } });
    life.do({ type: 'refresh-asked', target: NEXT, slots: null });
    life.wake();
    life.fallsSick('web-1');
    life.wake();
    expect(life.rollout.before.map(({ slot }) => slot)).toEqual(['web-1']);
    expect(life.changedSlots()).toEqual(['web-1']);
  });

  test('and a sick machine that does not heal is left to its own recovery after a while', () => {
    const life = secondWave();
    life.fallsSick('web-3');
    for (const slot of ['web-1', 'web-2']) {
      life.wake();
      life.obeys(slot);
    }
    life.pass(20 * MINUTE);
    expect(life.rollout).toMatchObject({
      state: 'reverted',
      message: '2 machines are back on what they ran before; left: web-3 (it is sick)',
    });
  });

  test('and a machine that was replaced meanwhile is left to its plan', () => {
    const life = secondWave();
    life.fallsSick('web-3');
    life.do(gaveUp('demo.web-3.1'));
    for (const slot of ['web-1', 'web-2']) {
      life.wake();
      life.obeys(slot);
    }
    expect(life.rollout.state).toBe('reverted');
    expect(life.rollout.skipped).toEqual([{ slot: 'web-3', reason: 'its machine was replaced' }]);
  });

  test('and going back stays within the project’s budget of disruptive actions', () => {
    const life = new ProjectLife(slots(4), {
      rollout: { firstWave: 3, growth: 1 },
      budgets: { projectActions: { max: 3 }, hostActions: { max: 3 } },
    });
    life.record = {
      ...life.record,
      spent: [0, 1].map((one) => ({ at: T0, host: null, step: `x/${one}`, gone: false })),
    };
    life.ask(NEXT);
    life.obeys('web-1');
    life.wake();
    life.refuses('web-2', 'no');
    life.obeys('web-3');
    life.wake();
    expect(life.changedSlots('rollout-1-back')).toEqual(['web-1']);
    life.obeys('web-1');
    expect(life.rollout.message).toContain('waits: The budget of the project is spent');
    life.pass(HOUR);
    expect(life.changedSlots('rollout-1-back')).toEqual(['web-1', 'web-3']);
  });
});
