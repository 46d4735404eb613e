import { describe, expect, test } from 'vitest';
import { changed, config, gaveUp } from '../testing/project-builders.ts';
import { GOOD, ProjectLife, versionSet } from '../testing/project-life.ts';
import { fleetVersionsOf, isUntold } from './fleet-word.ts';

const SLOTS = ['web-1', 'web-2'];
const NEXT = versionSet('b');
const told = (life: ProjectLife) =>
  life.record.pending.flatMap((action) => (action.do === 'tell-fleet' ? [action.machineId] : []));
const wordFor = (life: ProjectLife, slot: string) => fleetVersionsOf(life.record, life.machineOf(slot));

/** One slot has proven other versions. */
function proven(): ProjectLife {
  const life = new ProjectLife(SLOTS);
  life.comesTo('web-1', NEXT);
  life.tell('web-1', { proven: true });
  return life;
}

describe('what a machine is told', () => {
  test('is what its slot has proven, and apart from it what others have', () => {
    const life = proven();
    expect(wordFor(life, 'web-1')).toMatchObject({
      slot: [{ versions: NEXT }, { versions: GOOD }],
      project: [],
      quarantined: [],
      pinned: null,
    });
    expect(wordFor(life, 'web-2')).toMatchObject({
      slot: [{ versions: GOOD }],
      project: [{ versions: NEXT }],
    });
  });

  test('has nothing proven that is quarantined', () => {
    const life = proven();
    life.do({ type: 'quarantined', versions: NEXT, reason: 'loses mail' });
    expect(wordFor(life, 'web-2')).toMatchObject({
      slot: [{ versions: GOOD }],
      project: [],
      quarantined: [NEXT],
    });
  });

  test('says why it is pinned, to it alone', () => {
    const life = new ProjectLife(SLOTS);
    life.do({ type: 'pinned', slot: 'web-1', reason: 'demo on Friday' });
    expect(wordFor(life, 'web-1').pinned).toBe('demo on Friday');
    expect(wordFor(life, 'web-2').pinned).toBeNull();
    expect(told(life)).toEqual(['demo.web-1.1']);
  });

  test('is empty for a machine that nobody knows', () => {
    const life = new ProjectLife(SLOTS);
    expect(fleetVersionsOf(life.record, 'demo.nobody.1')).toMatchObject({ slot: [], pinned: null });
  });
});

describe('a machine is told', () => {
  test('when something has changed for it, and the word has grown', () => {
    const before = new ProjectLife(SLOTS);
    const life = proven();
    expect(told(life)).toEqual(['demo.web-1.1', 'demo.web-2.1']);
    expect(life.record.fleetWord).toBeGreaterThan(before.record.fleetWord);
  });

  test('not when it is only seen again', () => {
    const life = proven();
    life.wake();
    life.now += 1000;
    life.tell('web-1', { host: 'host-2' });
    expect(life.record.proven).toMatchObject([{ lastSeenAt: life.now }, {}]);
    expect(told(life)).toEqual([]);
  });

  test('once, however often it changes before it was told, and what is on its way does not count', () => {
    const life = new ProjectLife(SLOTS);
    life.do({ type: 'pinned', slot: 'web-1', reason: 'one' });
    const [first] = life.do({ type: 'woke' }).actions;
    life.do({ type: 'pinned', slot: 'web-1', reason: 'two' });
    life.do({ type: 'finished', actionId: first?.id ?? '', ok: true });
    expect(told(life)).toEqual(['demo.web-1.1']);
    expect(isUntold(life.record, 'demo.web-1.1')).toBe(true);
    life.wake();
    expect(isUntold(life.record, 'demo.web-1.1')).toBe(false);
  });

  test('after it was provisioned, and not before', () => {
    const life = new ProjectLife(SLOTS);
    life.do({ type: 'applied', config: config({ slots: [...SLOTS, 'web-3'] }) });
    life.do({ type: 'pinned', slot: 'web-3', reason: 'not yet' });
    expect(told(life)).toEqual([]);
    life.wake();
    expect(told(life)).toEqual(['demo.web-3.1']);
  });

  test('when it replaces another one', () => {
    const life = new ProjectLife(SLOTS);
    life.do(gaveUp('demo.web-1.1'));
    life.wake();
    expect(told(life)).toEqual(['demo.web-1.2']);
    life.wake();
    life.do(changed('demo.web-1.2', 'healthy'));
    expect(told(life)).toEqual([]);
  });
});
