import { describe, expect, test } from 'vitest';
import { commit, HOUR } from '../../testing/builders.ts';
import { template } from '../../testing/project-builders.ts';
import { customerTarget, GOOD, ProjectLife, versionSet } from '../../testing/project-life.ts';

const slots = (count: number) => Array.from({ length: count }, (_, index) => `web-${index + 1}`);
const NEXT = customerTarget(commit('b'));

describe('a rollout is refused', () => {
  test('while another one goes on', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    const { refused, record } = life.ask(customerTarget(commit('c')));
    expect(refused).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('Rollout 1 goes on'),
    });
    expect(record.rollouts).toBe(1);
  });

  test('for a slot that does not exist, by its name', () => {
    const { refused } = new ProjectLife(slots(2)).ask(NEXT, ['web-1', 'web-9']);
    expect(refused).toEqual({ code: 'SLOT_NOT_FOUND', message: 'There is no slot web-9' });
  });

  test('for an image where machines keep theirs', () => {
    const life = new ProjectLife(slots(1));
    life.record = { ...life.record, template: template({ type: 'daytona' }) };
    expect(life.ask({ refs: null, image: 'image-2' }).refused).toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('when every slot is pinned', () => {
    const life = new ProjectLife(slots(1));
    life.do({ type: 'pinned', slot: 'web-1', reason: 'demo on Friday' });
    expect(life.ask(NEXT).refused).toEqual({ code: 'CONFLICT', message: 'No slot is left: web-1 is pinned' });
  });

  test('for versions that are quarantined, as far as full hashes tell', () => {
    const life = new ProjectLife(slots(2));
    life.comesTo('web-1', versionSet('b'));
    life.comesTo('web-1', GOOD);
    life.do({ type: 'quarantined', versions: versionSet('b'), reason: 'loses mail' });
    expect(life.record.quarantines).toEqual([]);
    life.comesTo('web-1', versionSet('b'));
    life.do({ type: 'quarantined', versions: versionSet('b'), reason: 'loses mail' });
    expect(life.ask(NEXT).refused).toMatchObject({ code: 'CONFLICT' });
    life.do({ type: 'rollout-stopped', revert: false, reason: 'let me' });
    expect(life.ask(NEXT).refused).toMatchObject({ code: 'QUARANTINED' });
    expect(life.ask(customerTarget('main')).refused).toBeNull();
  });
});

describe('stopping', () => {
  test('without a rollout is refused', () => {
    const stop = { type: 'rollout-stopped' as const, revert: true, reason: 'enough' };
    expect(new ProjectLife(slots(1)).do(stop).refused).toMatchObject({ code: 'CONFLICT' });
  });

  test('leaves what was changed where it is', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.do({ type: 'rollout-stopped', revert: false, reason: 'enough' });
    life.obeys('web-1');
    life.pass(HOUR);
    expect(life.rollout).toMatchObject({ state: 'stopped', waves: [{ outcome: 'stopped' }] });
    expect(life.changes).toHaveLength(1);
  });

  test('takes it back when that is wanted', () => {
    const life = new ProjectLife(slots(2));
    life.ask(NEXT);
    life.obeys('web-1');
    life.do({ type: 'rollout-stopped', revert: true, reason: 'enough' });
    life.wake();
    life.obeys('web-1');
    expect(life.rollout).toMatchObject({ state: 'reverted', waves: [{ outcome: 'stopped' }] });
    expect(life.changes.at(-1)).toMatchObject({ refs: { customer: commit('a') } });
  });
});
