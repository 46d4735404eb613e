import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, policy } from '../testing/builders.ts';
import { customerTarget, GOOD, ProjectLife, versionSet } from '../testing/project-life.ts';

const slots = (count: number) => Array.from({ length: count }, (_, index) => `web-${index + 1}`);
const BAD = versionSet('b');
const STOP = { type: 'rollout-stopped', revert: false, reason: 'enough' } as const;
const quarantine = { type: 'quarantined', versions: BAD, reason: 'loses mail' } as const;
const lift = { type: 'quarantine-lifted', versions: BAD, reason: 'it was the database' } as const;

/** A project of which these slots have come to bad versions, and the sick ones have got sick with them. */
function poisoned(count: number, { came, sick }: { came: string[]; sick: string[] }): ProjectLife {
  const life = new ProjectLife(slots(count));
  for (const slot of came) life.comesTo(slot, BAD);
  life.now += MINUTE;
  for (const slot of sick) life.fallsSick(slot);
  return life;
}

describe('versions that made several machines sick', () => {
  const life = poisoned(8, {
    came: ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'],
    sick: ['web-1', 'web-2', 'web-3'],
  });
  life.wake();

  test('are quarantined, with who they made sick', () => {
    expect(life.record.quarantines).toMatchObject([
      {
        versions: BAD,
        by: 'blame',
        reason: '2 of 5 machines got sick within 15 min of coming to it',
        machines: ['demo.web-1.1', 'demo.web-2.1'],
      },
    ]);
  });

  test('are one incident of the project, which gathers those that get sick later', () => {
    expect(life.record.incidents).toMatchObject([
      {
        number: 1,
        cause: 'version',
        versions: BAD,
        machines: ['demo.web-1.1', 'demo.web-2.1', 'demo.web-3.1'],
        closedAt: null,
      },
    ]);
  });

  test('are told once, with where machines go', () => {
    const told = life.notices.filter(({ kind }) => kind === 'version-quarantined');
    expect(told.map(({ message }) => message)).toEqual([
      'platform f000000, customer b000000 is quarantined: 2 of 5 machines got sick within 15 min of coming to it. Machines go back to platform f000000, customer a000000',
    ]);
  });

  test('are left by the healthy ones, in waves; the sick ones are left to their own recovery', () => {
    expect(life.rollout).toMatchObject({
      kind: 'revert',
      awayFrom: BAD,
      target: { refs: { platform: commit('f'), customer: commit('a') }, image: null },
      waves: [{ slots: ['web-3'] }],
    });
  });
});

describe('machines that are well with quarantined versions', () => {
  function reverted(): ProjectLife {
    const life = poisoned(8, { came: slots(6), sick: ['web-1', 'web-2'] });
    life.wake();
    return life.carryOut();
  }

  test('go back to what is proven, wave by wave', () => {
    const life = reverted();
    expect(life.rollout).toMatchObject({
      state: 'done',
      message: expect.stringContaining('4 machines went back'),
    });
    expect(life.rollout.waves.map((wave) => wave.slots.length)).toEqual([1, 2, 1]);
    expect(life.changes.every(({ refs }) => refs?.customer === GOOD.customer)).toBe(true);
  });

  test('count among the disruptive actions of the project', () => {
    expect(reverted().record.spent).toHaveLength(4);
  });

  test('and got well by themselves later, go back then', () => {
    const life = reverted();
    life.getsWell('web-1');
    life.wake();
    expect(life.rollout).toMatchObject({ number: 2, kind: 'revert', waves: [{ slots: ['web-1'] }] });
  });

  test('stay where they are when they are pinned', () => {
    const life = new ProjectLife(slots(3));
    life.comesTo('web-1', BAD);
    life.do({ type: 'pinned', slot: 'web-1', reason: 'I look at it' });
    life.do(quarantine);
    life.wake();
    expect(life.record.rollout).toBeNull();
    expect(life.changes).toEqual([]);
  });

  test('stay when the policy only watches', () => {
    const life = new ProjectLife(slots(3), { mode: 'shadow' });
    life.comesTo('web-1', BAD);
    life.do(quarantine);
    expect(life.record.rollout).toBeNull();
    life.do({ type: 'policy-set', policy: policy() });
    expect(life.rollout.kind).toBe('revert');
  });

  test('stay when a person has stopped their revert', () => {
    const life = poisoned(8, { came: slots(6), sick: ['web-1', 'web-2'] });
    life.wake();
    expect(life.do({ type: 'rollout-stopped', revert: true, reason: 'wait' }).refused).toMatchObject({
      code: 'QUARANTINED',
    });
    life.do(STOP);
    life.pass(HOUR);
    expect(life.rollout).toMatchObject({ number: 1, state: 'stopped' });
    expect(life.changes).toHaveLength(1);
  });

  test('stay when what they go back to hurts as well, and a person must decide', () => {
    const life = poisoned(8, { came: slots(6), sick: ['web-1', 'web-2'] });
    life.wake();
    life.obeys('web-3');
    life.fallsSick('web-3');
    life.pass(HOUR);
    expect(life.rollout).toMatchObject({
      number: 1,
      state: 'stopped',
      message: 'stopped, and a person must decide: web-3: it got sick',
    });
    expect(life.changes).toHaveLength(1);
  });
});

describe('a rollout that leads to versions which are quarantined', () => {
  test('goes no further, and what it changed goes back', () => {
    const life = new ProjectLife(slots(4));
    life.ask(customerTarget(commit('b')));
    life.obeys('web-1');
    life.do(quarantine);
    life.wake();
    expect(life.rollout).toMatchObject({ number: 1, state: 'reverting', waves: [{ outcome: 'hurt' }] });
    expect(life.changes.at(-1)).toMatchObject({ order: 'rollout-1-back', refs: { customer: commit('a') } });
    life.obeys('web-1');
    expect(life.rollout).toMatchObject({ number: 1, state: 'reverted' });
    expect(life.record.incidents).toMatchObject([{ closedAt: life.now }]);
  });

  test.each([
    ['their hashes', customerTarget(commit('b'))],
    ['a branch that one of its machines has come to', customerTarget('main')],
  ])('goes no further also when nobody has told that it is done: by %s', (_name, target) => {
    const life = new ProjectLife(slots(4));
    life.ask(target, ['web-1', 'web-2']);
    if (target.refs?.customer === 'main') life.comesTo('web-1', BAD);
    else life.comesTo('web-4', BAD);
    life.do(quarantine);
    expect(life.rollout).toMatchObject({ number: 1, state: 'reverting' });
  });

  test('by a branch turns back as soon as a machine has come to them', () => {
    const life = new ProjectLife(slots(4));
    life.comesTo('web-4', BAD);
    life.do(quarantine);
    life.do(STOP);
    life.ask(customerTarget('main'), ['web-1', 'web-2']);
    life.obeys('web-1');
    expect(life.rollout).toMatchObject({ state: 'reverting' });
    expect(life.notices.at(-1)?.message).toContain('what it came to is quarantined');
  });

  test('another one goes on', () => {
    const life = new ProjectLife(slots(4));
    life.comesTo('web-4', BAD);
    life.ask(customerTarget(commit('c')), ['web-1', 'web-2']);
    life.do(quarantine);
    expect(life.rollout).toMatchObject({ kind: 'refresh', state: 'running' });
    life.carryOut();
    expect(life.rollout).toMatchObject({ number: 2, kind: 'revert' });
  });
});

describe('a person', () => {
  test('may quarantine what some machine runs, once', () => {
    const life = new ProjectLife(slots(2));
    life.comesTo('web-1', BAD);
    life.do(quarantine);
    life.do(quarantine);
    expect(life.record.quarantines).toMatchObject([{ by: 'person', reason: 'loses mail', machines: [] }]);
    expect(life.record.incidents).toHaveLength(1);
  });

  test('is told when nobody here has ever run it', () => {
    const life = new ProjectLife(slots(2));
    for (const event of [quarantine, lift])
      expect(life.do(event).refused).toEqual({
        code: 'NOT_FOUND',
        message: 'No machine of this project runs or ran platform f000000, customer b000000',
      });
  });

  test('lifts it: the incident closes, and what was is not held against the versions', () => {
    const life = poisoned(8, { came: slots(6), sick: ['web-1', 'web-2'] });
    life.do(lift);
    life.do(lift);
    expect(life.record).toMatchObject({ quarantines: [], incidents: [{ closedAt: life.now }] });
    expect(life.kinds().filter((kind) => kind === 'quarantine-lifted')).toHaveLength(1);
    life.tell('web-1', { host: 'host-2' });
    expect(life.record.quarantines).toEqual([]);
    life.fallsSick('web-3');
    life.fallsSick('web-4');
    expect(life.record.quarantines).toHaveLength(1);
  });
});
