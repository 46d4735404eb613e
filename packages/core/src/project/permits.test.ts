import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND, T0 } from '../testing/builders.ts';
import { after, changed, decideOn, gaveUp, permitAsked, running } from '../testing/project-builders.ts';
import { ProjectLife, versionSet } from '../testing/project-life.ts';
import { projectView } from './project-view.ts';
import type { ProjectRecord } from './record.ts';

const SLOTS = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7', 'web-8'];
const id = (slot: number) => `demo.web-${slot}.1`;

/** A project in which these machines are said to be gone, and have been found sick for it. */
const vanished = (...slots: number[]) =>
  after(running(SLOTS), ...slots.map((slot) => changed(id(slot), 'recovering', { gone: true })));

const askGone = (record: ProjectRecord, slot: number, now = T0) =>
  decideOn(record, permitAsked(id(slot), { level: 4, step: '1/4/1', gone: true }), now);

const override = { type: 'guard-overridden' as const, forMs: 10 * MINUTE, reason: 'the host burned down' };

describe('machines that are said to be gone', () => {
  test('may be replaced while it is one', () => {
    expect(askGone(vanished(1), 1).permit).toMatchObject({ granted: true });
  });

  test('are doubted when they are many, which is told', () => {
    const { permit, notices, record } = askGone(vanished(1, 2, 3), 1);
    expect(permit).toEqual({
      granted: false,
      reason: 'mass-absence',
      message: '3 of 8 machines are said to be gone at once: what says so is probably wrong',
    });
    expect(notices).toMatchObject([{ kind: 'mass-absence', machineId: id(1) }]);
    expect(record.spent).toEqual([]);
  });

  test('are doubted together, which is told once', () => {
    const first = askGone(vanished(1, 2, 3), 1);
    const second = askGone(first.record, 2);
    expect(second.permit).toMatchObject({ granted: false, reason: 'mass-absence' });
    expect(second.notices).toEqual([]);
    expect(askGone(second.record, 1).notices).toEqual([]);
  });

  test('no longer count once they were given up and wait for their budget', () => {
    const rules = { budgets: { substitutions: { max: 0, withinMs: HOUR } } };
    const gone = (slot: number, phase: 'recovering' | 'bricked') => changed(id(slot), phase, { gone: true });
    const bricked = gaveUp(id(1));
    const start = after(running(SLOTS.slice(0, 5), rules), gone(2, 'recovering'));
    expect(askGone(after(start, gone(1, 'bricked')), 2).permit).toMatchObject({ reason: 'mass-absence' });
    const parked = after(start, gone(1, 'bricked'), bricked);
    expect(parked.plans).toMatchObject([{ step: 'parked', oldMachineId: id(1) }]);
    expect(askGone(parked, 2).permit).toMatchObject({ granted: true });
  });

  test('are still counted when they have just been replaced: what said so may go on being wrong', () => {
    const start = after(running(SLOTS.slice(0, 5)), changed(id(1), 'recovering', { gone: true }));
    const { record } = askGone(start, 1);
    const bricked = gaveUp(id(1));
    const replaced = after(record, bricked, changed('demo.web-1.2', 'healthy'));
    const next = after(replaced, changed(id(2), 'recovering', { gone: true }));
    expect(askGone(next, 2, T0 + MINUTE).permit).toMatchObject({ granted: false, reason: 'mass-absence' });
    expect(askGone(next, 2, T0 + 11 * MINUTE).permit).toMatchObject({ granted: true });
  });

  test('do not hold up one that is there', () => {
    const record = after(vanished(1, 2), changed(id(3), 'recovering'));
    expect(decideOn(record, permitAsked(id(3))).permit).toMatchObject({ granted: true });
  });

  test('count also when the one that asks has not told it yet', () => {
    expect(askGone(vanished(2, 3), 1).permit).toMatchObject({ reason: 'mass-absence' });
  });
});

describe('a person’s word', () => {
  const overridden = decideOn(vanished(1, 2, 3, 4, 5), override);

  test('is told, with its end and its reason', () => {
    expect(overridden.notices).toMatchObject([
      {
        kind: 'guard-overridden',
        message:
          'Recovery may pass the storm guard and the brake on mass absence until 2026-05-28 20:36:40 UTC: the host burned down',
      },
    ]);
    expect(projectView({ record: overridden.record, notices: [], now: T0 })).toMatchObject({
      stormGuard: null,
      guardOverride: { reason: 'the host burned down' },
    });
  });

  test('lets recovery pass the storm guard and the brake', () => {
    expect(askGone(vanished(1, 2, 3, 4, 5), 1).permit).toMatchObject({ granted: false });
    expect(askGone(overridden.record, 1).permit).toMatchObject({ granted: true });
  });

  test('does not lift the number at a time', () => {
    const { record } = askGone(overridden.record, 1);
    expect(askGone(record, 2).permit).toMatchObject({ granted: false, reason: 'storm-guard' });
  });

  test('does not lift budgets', () => {
    const poor = { ...overridden.record };
    poor.policy = {
      ...poor.policy,
      budgets: { ...poor.policy.budgets, projectActions: { max: 0, withinMs: HOUR } },
    };
    expect(askGone(poor, 1).permit).toMatchObject({ granted: false, reason: 'project-budget' });
  });

  test('expires by itself', () => {
    const later = T0 + 10 * MINUTE;
    expect(askGone(overridden.record, 1, later - 1).permit).toMatchObject({ granted: true });
    expect(askGone(overridden.record, 1, later).permit).toMatchObject({ granted: false });
    expect(projectView({ record: overridden.record, notices: [], now: later }).guardOverride).toBeNull();
  });
});

describe('budgets', () => {
  const rules = { budgets: { projectActions: { max: 2, withinMs: HOUR } } };
  const sick = (slot: number) => changed(id(slot), 'recovering');
  const ask = (record: ProjectRecord, slot: number, now: number, step = '1/3/1') =>
    decideOn(record, permitAsked(id(slot), { step }), now);

  test('of a project add up over its machines, and are told with what they are', () => {
    const start = after(running(SLOTS, rules), sick(1));
    const first = ask(start, 1, T0).record;
    const second = ask(first, 1, T0 + MINUTE, '1/3/2').record;
    const third = ask(second, 1, T0 + 2 * MINUTE, '1/4/1');
    expect(third.permit).toMatchObject({ granted: false, reason: 'project-budget' });
    expect(third.notices).toMatchObject([
      {
        kind: 'project-budget',
        message:
          'Level 3 is held: The budget of the project is spent: 2 of 2 disruptive actions within 60 min; the next is free at 2026-05-28 21:26:40 UTC',
      },
    ]);
    expect(ask(third.record, 1, T0 + HOUR, '1/4/1').permit).toMatchObject({ granted: true });
  });

  test('count a step once, however often leave for it is asked', () => {
    const start = after(running(SLOTS, rules), sick(1));
    let record = start;
    for (let again = 0; again < 5; again++) record = ask(record, 1, T0 + again * SECOND).record;
    expect(record.spent).toHaveLength(1);
  });

  test('that are spent are told again when the reason changes', () => {
    const start = after(running(SLOTS), sick(1), sick(2));
    const crowded = ask(ask(start, 1, T0).record, 2, T0);
    expect(crowded.notices).toMatchObject([{ kind: 'storm-guard' }]);
    const poor = { ...crowded.record.policy.budgets, projectActions: { max: 0, withinMs: HOUR } };
    const record = { ...crowded.record, permits: [], policy: { ...start.policy, budgets: poor } };
    expect(ask(record, 2, T0).notices).toMatchObject([{ kind: 'project-budget' }]);
  });
});

describe('machines on quarantined versions', () => {
  const BAD = versionSet('b');

  /** All of a project is sick with versions that a person has quarantined; everybody knows it unless said otherwise. */
  function poisoned({ isTold = true } = {}): ProjectLife {
    const life = new ProjectLife(SLOTS);
    for (const slot of SLOTS) life.comesTo(slot, BAD);
    for (const slot of SLOTS) life.tell(slot, { phase: 'recovering', sick: true, healthySince: null });
    life.do({ type: 'quarantined', versions: BAD, reason: 'loses mail' });
    if (isTold) life.wake();
    return life;
  }
  const ask = (life: ProjectLife, slot: number, level: 2 | 3 | 4, versions = BAD) =>
    life.do(permitAsked(id(slot), { level, step: `1/${level}/1`, versions }));

  test('go back however many are sick, a few at a time', () => {
    const life = poisoned();
    expect(ask(life, 1, 2).permit).toMatchObject({ granted: true });
    expect(ask(life, 2, 2).permit).toMatchObject({
      granted: false,
      reason: 'storm-guard',
      message: expect.stringContaining('being worked on'),
    });
    life.getsWell('web-1');
    expect(ask(life, 2, 2).permit).toMatchObject({ granted: true });
  });

  test('are held like all others at higher levels', () => {
    expect(ask(poisoned(), 1, 3).permit).toMatchObject({ reason: 'storm-guard' });
  });

  test('get nothing higher before they were told what to go back to, which is told once', () => {
    const life = poisoned({ isTold: false });
    const first = ask(life, 1, 3);
    expect(first.permit).toEqual({
      granted: false,
      reason: 'version-quarantined',
      message: 'demo.web-1.1 runs quarantined versions, and is being told which ones to go back to',
    });
    expect(first.notices).toMatchObject([{ kind: 'version-quarantined' }]);
    expect(ask(life, 2, 4)).toMatchObject({ permit: { reason: 'version-quarantined' }, notices: [] });
  });

  test('are no reason for machines with others to be let through', () => {
    expect(ask(poisoned(), 1, 2, versionSet('a')).permit).toMatchObject({ granted: false });
  });

  test('that are gone are doubted all the same when they are many', () => {
    const life = poisoned();
    for (const slot of SLOTS.slice(0, 3)) life.tell(slot, { gone: true });
    const { permit } = life.do(permitAsked(id(1), { level: 2, gone: true, versions: BAD }));
    expect(permit).toMatchObject({ granted: false, reason: 'mass-absence' });
  });
});

test('a machine that is only suspect counts, so that a mass failure is seen before the first permit', () => {
  const record = after(running(SLOTS), ...[1, 2, 3, 4].map((slot) => changed(id(slot), 'suspect')));
  expect(decideOn(record, permitAsked(id(4))).permit).toMatchObject({
    granted: false,
    reason: 'storm-guard',
  });
});
