import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, policy, SECOND, T0 } from '../testing/builders.ts';
import {
  after,
  applied,
  changed,
  config,
  decideOn,
  gaveUp,
  permitAsked as permit,
  oneMoreCommand,
  running,
  template,
} from '../testing/project-builders.ts';
import { projectWakeAt, type ProjectEvent } from './decide-project.ts';
import { newProjectRecord, type ProjectRecord } from './record.ts';

const SLOTS = ['web-1', 'web-2', 'web-3'];
const id = (slot: string, generation = 1) => `demo.${slot}.${generation}`;
const sickOnes = ({ told }: ProjectRecord) => told.filter((one) => one.sick).map((one) => one.machineId);

describe('a word of a machine that a newer one has overtaken', () => {
  const heard = after(
    running(),
    changed(id('web-1'), 'recovering', { sick: true, word: 7 }),
    changed(id('web-1'), 'suspect', { word: 6 }),
  );

  test('changes nothing', () => {
    expect(heard.slots).toMatchObject([{ phase: 'recovering' }]);
    expect(sickOnes(heard)).toEqual([id('web-1')]);
  });

  test('does not keep the next one from being heard', () => {
    const next = after(heard, changed(id('web-1'), 'settling', { word: 8 }));
    expect(next.slots).toMatchObject([{ phase: 'settling' }]);
  });
});

describe('applying a configuration', () => {
  test('fills every slot with a first machine', () => {
    const record = applied(SLOTS);
    expect(record.slots).toMatchObject(
      SLOTS.map((slot) => ({ slot, machineId: null, machines: [id(slot)], generation: 1, phase: null })),
    );
    expect(record.plans).toMatchObject(SLOTS.map((slot) => ({ slot, kind: 'fill', step: 'create' })));
    expect(record.pending).toMatchObject(
      SLOTS.map((slot) => ({
        do: 'provision',
        identity: { machineId: id(slot), slot, generation: 1, type: 'local-docker' },
        versions: { platform: 'main', customer: 'main' },
        restoreCopyId: null,
      })),
    );
  });

  test('again changes nothing', () => {
    const record = applied(SLOTS);
    expect(after(record, { type: 'applied', config: config({ slots: SLOTS }) })).toEqual(
      oneMoreCommand(record),
    );
  });

  test('with more slots fills only the new ones', () => {
    const record = after(running(), { type: 'applied', config: config({ slots: ['web-1', 'web-2'] }) });
    expect(record.pending).toMatchObject([{ do: 'provision', identity: { slot: 'web-2' } }]);
  });

  test('with fewer slots keeps those that are left out', () => {
    const record = running(SLOTS);
    expect(after(record, { type: 'applied', config: config({ slots: [] }) })).toEqual(oneMoreCommand(record));
  });

  test('with another template takes it for machines to come', () => {
    const next = template({ versions: { platform: 'v2', customer: 'v2' } });
    const record = after(running(), {
      type: 'applied',
      config: config({ template: next, slots: ['web-1', 'web-2'] }),
    });
    expect(record.template).toEqual(next);
    expect(record.pending).toMatchObject([{ versions: { platform: 'v2' } }]);
  });

  test('does not act: that is the alarm’s', () => {
    const { actions, wakeAt } = decideOn(newProjectRecord(config()), { type: 'applied', config: config() });
    expect(actions).toEqual([]);
    expect(wakeAt).toBe(T0 + 1);
  });
});

describe('setting a policy', () => {
  const strict = policy({ check: { intervalMs: 1000 } });

  test('has every newest machine adopt it', () => {
    const record = after(running(SLOTS), { type: 'policy-set', policy: strict });
    expect(record.policy).toEqual(strict);
    expect(record.pending).toMatchObject(SLOTS.map((slot) => ({ do: 'adopt-policy', machineId: id(slot) })));
  });

  test('that is the present one does nothing', () => {
    const record = running();
    expect(after(record, { type: 'policy-set', policy: policy() })).toEqual(oneMoreCommand(record));
  });

  test('twice before the first was adopted sends one word to each machine', () => {
    const other = policy({ check: { intervalMs: 2000 } });
    const record = after(
      running(),
      { type: 'policy-set', policy: strict },
      { type: 'policy-set', policy: other },
    );
    expect(record.pending).toHaveLength(1);
  });
});

describe('sending', () => {
  test('happens when the alarm wakes, and again until it is acknowledged', () => {
    const first = decideOn(applied(), { type: 'woke' });
    expect(first.actions).toMatchObject([{ do: 'provision', sends: 1, nextSendAt: T0 + SECOND }]);
    expect(decideOn(first.record, { type: 'woke' }, T0 + SECOND - 1).actions).toEqual([]);
    const second = decideOn(first.record, { type: 'woke' }, T0 + SECOND);
    expect(second.actions.map((action) => action.id)).toEqual(first.actions.map((action) => action.id));
    expect(second.actions).toMatchObject([{ sends: 2, nextSendAt: T0 + 3 * SECOND }]);
  });

  test.each<[string, ProjectEvent, number, string]>([
    ['acknowledged', { type: 'finished', actionId: 'demo/1', ok: true }, 0, 'await-healthy'],
    ['not acknowledged', { type: 'finished', actionId: 'demo/1', ok: false }, 1, 'create'],
    ['another one', { type: 'finished', actionId: 'demo/99', ok: true }, 1, 'create'],
  ])('%s', (_name, event, left, step) => {
    const record = after(applied(), event);
    expect(record.pending).toHaveLength(left);
    expect(record.plans).toMatchObject([{ step }]);
  });

  test('acknowledged twice is acknowledged once', () => {
    const event: ProjectEvent = { type: 'finished', actionId: 'demo/1', ok: true };
    const once = after(applied(), event);
    expect(after(once, event)).toEqual(once);
  });
});

describe('a machine that changed', () => {
  test('fills its slot when it is healthy', () => {
    expect(running().slots).toMatchObject([{ machineId: id('web-1'), phase: 'healthy' }]);
    expect(running().plans).toEqual([]);
  });

  test('fills its slot also when it was faster than the word that it was provisioned', () => {
    const record = after(applied(), changed(id('web-1'), 'healthy'));
    expect(record.slots).toMatchObject([{ machineId: id('web-1') }]);
  });

  test('counts as sick until it says otherwise', () => {
    const sick = after(running(SLOTS), changed(id('web-1'), 'recovering'));
    expect(sickOnes(sick)).toEqual([id('web-1')]);
    expect(sickOnes(after(sick, changed(id('web-1'), 'recovering')))).toEqual([id('web-1')]);
    expect(sickOnes(after(sick, changed(id('web-1'), 'healthy')))).toEqual([]);
  });

  test('gives its permit back when it is well', () => {
    const record = after(running(SLOTS), changed(id('web-1'), 'recovering'), permit(id('web-1')));
    expect(record.permits).toHaveLength(1);
    expect(after(record, changed(id('web-1'), 'healthy')).permits).toEqual([]);
  });

  test('keeps leading its slot while it is being repaired', () => {
    const record = after(running(), changed(id('web-1'), 'recovering'));
    expect(record.slots).toMatchObject([{ machineId: id('web-1'), phase: 'recovering' }]);
  });

  test('and was replaced long ago does not count as sick for ever', () => {
    const record = after(
      running(SLOTS),
      gaveUp(id('web-1')),
      changed(id('web-1', 2), 'healthy'),
      changed(id('web-1'), 'recovering'),
    );
    expect(sickOnes(record)).toEqual([]);
    expect(sickOnes(after(record, changed('demo.nobody.1', 'recovering')))).toEqual([]);
  });
});

describe('permits', () => {
  const sick = after(running(SLOTS), changed(id('web-1'), 'recovering'));

  test('are leases: granted, kept, and forgotten when they lapse', () => {
    const first = decideOn(sick, permit(id('web-1')));
    expect(first.permit).toEqual({ granted: true, expiresAt: T0 + 10 * MINUTE });
    expect(first.record.permits).toEqual([
      { machineId: id('web-1'), level: 3, host: 'host-1', expiresAt: T0 + 10 * MINUTE },
    ]);
    const later = decideOn(first.record, permit(id('web-2')), T0 + 10 * MINUTE);
    expect(later.record.permits).toMatchObject([{ machineId: id('web-2') }]);
  });

  test('are given to one machine at a time in a small fleet', () => {
    const { record } = decideOn(sick, permit(id('web-1')));
    expect(decideOn(record, permit(id('web-2'))).permit).toMatchObject({ granted: false });
  });

  test('that are asked for again are renewed, not doubled', () => {
    const record = after(sick, permit(id('web-1')));
    const again = decideOn(record, permit(id('web-1')), T0 + MINUTE);
    expect(again.record.permits).toEqual([
      { machineId: id('web-1'), level: 3, host: 'host-1', expiresAt: T0 + 11 * MINUTE },
    ]);
  });

  test('that hold go on to count when a storm comes: their holder may be acting', () => {
    let record = after(sick, permit(id('web-1')));
    for (const slot of SLOTS) record = after(record, changed(id(slot), 'recovering'));
    const refused = decideOn(record, permit(id('web-1')));
    expect(refused.permit).toMatchObject({ granted: false });
    expect(refused.record.permits).toMatchObject([{ machineId: id('web-1') }]);
  });

  test('that are refused are told once, and again after things were well in between', () => {
    let record = running(SLOTS);
    for (const slot of SLOTS) record = after(record, changed(id(slot), 'recovering'));
    const first = decideOn(record, permit(id('web-1')));
    expect(first.notices).toMatchObject([{ kind: 'storm-guard', machineId: id('web-1') }]);
    const second = decideOn(first.record, permit(id('web-1')));
    expect(second.notices).toEqual([]);
    const well = after(second.record, changed(id('web-1'), 'healthy'), changed(id('web-1'), 'recovering'));
    expect(decideOn(well, permit(id('web-1'))).notices).toHaveLength(1);
  });
});

describe('clean-up', () => {
  const replaced = { ...replacedProject(), pending: [] };

  function replacedProject(): ProjectRecord {
    return after(running(), gaveUp(id('web-1')), changed(id('web-1', 2), 'healthy'));
  }

  test.each([
    [4 * HOUR - 1, []],
    [4 * HOUR, ['destroy']],
  ])('is due after the time to keep (%i ms: %o)', (age, expected) => {
    const { actions } = decideOn(replaced, { type: 'woke' }, T0 + age);
    expect(actions.map((action) => action.do)).toEqual(expected);
  });

  test('is what the project wakes for', () => {
    expect(projectWakeAt(replaced, T0)).toBe(T0 + 4 * HOUR);
  });

  test('is asked for once', () => {
    const first = decideOn(replaced, { type: 'woke' }, T0 + 4 * HOUR);
    const second = decideOn(first.record, { type: 'woke' }, T0 + 5 * HOUR);
    expect(second.actions.map((action) => action.id)).toEqual(first.actions.map((action) => action.id));
  });

  test('is over when the machine says that nothing is left', () => {
    const { record, notices } = decideOn(replaced, changed(id('web-1'), 'destroyed'));
    expect(record.retired).toEqual([]);
    expect(notices).toMatchObject([{ kind: 'cleaned-up', machineId: id('web-1') }]);
    expect(decideOn(record, changed(id('web-1'), 'destroyed')).notices).toEqual([]);
  });
});

describe('the next wake', () => {
  test('of a project with nothing to do is never', () => {
    expect(projectWakeAt(running(), T0)).toBeNull();
  });

  test('is never now or in the past', () => {
    expect(projectWakeAt(applied(), T0 + HOUR)).toBe(T0 + HOUR + 1);
  });
});
