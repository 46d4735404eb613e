import { describe, expect, test } from 'vitest';
import { commit, copy, HOUR, MINUTE, T0 } from '../testing/builders.ts';
import { after, applied, changed, decideOn, gaveUp, running } from '../testing/project-builders.ts';
import type { ProjectRecord } from './record.ts';

const VERSIONS = { platform: commit('a'), customer: commit('b') };
const OLD = 'demo.web-1.1';
const NEW = 'demo.web-1.2';

const bricked = (machineId: string, given = copy()) => gaveUp(machineId, { copy: given, versions: VERSIONS });
const withoutCopy = (machineId: string) =>
  gaveUp(machineId, { copy: null, copyAgeMs: null, versions: VERSIONS });

/** A project in which each machine is given up before it was healthy, so many times. */
function failing(times: number): ProjectRecord {
  let record = after(running(), bricked(OLD));
  for (let generation = 2; generation < 2 + times; generation++)
    record = after(record, bricked(`demo.web-1.${generation}`));
  return record;
}

describe('a machine that was given up', () => {
  test('is replaced by one of the next generation, with its data and working versions', () => {
    const { record, notices } = decideOn(running(), bricked(OLD));
    expect(record.plans).toEqual([
      {
        slot: 'web-1',
        kind: 'substitute',
        step: 'create',
        oldMachineId: OLD,
        newMachineId: NEW,
        copy: copy(),
        versions: VERSIONS,
        image: null,
        startedAt: T0,
        since: T0,
      },
    ]);
    expect(record.pending).toMatchObject([
      {
        do: 'provision',
        identity: { machineId: NEW, organization: 'acme', project: 'demo', slot: 'web-1', generation: 2 },
        versions: VERSIONS,
        restoreCopyId: 'copy-1',
      },
    ]);
    expect(notices).toMatchObject([{ kind: 'bricked', slot: 'web-1', machineId: OLD }]);
  });

  test('is what its slot leads to no longer, from the first word on', () => {
    const { record } = decideOn(running(), changed(OLD, 'bricked'));
    expect(record.slots).toMatchObject([{ machineId: null, phase: 'bricked' }]);
    expect(record.plans).toEqual([]);
  });

  test('is replaced once, however often and however late it is told', () => {
    let record = after(running(), changed(OLD, 'bricked'), bricked(OLD), bricked(OLD));
    record = after(record, changed(NEW, 'healthy'), bricked(OLD), changed(OLD, 'healthy'), bricked(OLD));
    expect(record.slots).toMatchObject([{ machineId: NEW, generation: 2, machines: [NEW, OLD] }]);
    expect(record.plans).toEqual([]);
    expect(record.substitutions).toHaveLength(1);
  });

  test('does not come back by a word that was overtaken', () => {
    const record = after(running(), changed(OLD, 'bricked'), changed(OLD, 'healthy'));
    expect(record.slots).toMatchObject([{ machineId: null, phase: 'bricked' }]);
  });

  test('that nobody knows is none of ours', () => {
    const record = running();
    expect(decideOn(record, bricked('demo.other-1.1')).record).toEqual(record);
  });

  test('that had made no copy is replaced with the copy that it was made from itself', () => {
    const record = after(running(), bricked(OLD), changed(NEW, 'healthy'), withoutCopy(NEW));
    expect(record.plans).toMatchObject([{ newMachineId: 'demo.web-1.3', copy: copy() }]);
  });

  test('that never had any data is replaced without', () => {
    const { record } = decideOn(running(), withoutCopy(OLD));
    expect(record.pending).toMatchObject([{ restoreCopyId: null }]);
  });
});

describe('a replacement that is healthy', () => {
  const record = after(running(), bricked(OLD));
  const { record: moved, notices } = decideOn(record, changed(NEW, 'healthy'), T0 + MINUTE);

  test('is what the slot leads to', () => {
    expect(moved.slots).toMatchObject([{ machineId: NEW, phase: 'healthy', copy: copy() }]);
    expect(moved.plans).toEqual([]);
  });

  test('lets the old machine be retired, and kept for a while', () => {
    expect(moved.pending.map((action) => action.do)).toEqual(['provision', 'retire']);
    expect(moved.retired).toEqual([
      {
        machineId: OLD,
        slot: 'web-1',
        retiredAt: T0 + MINUTE,
        cleanUpAt: T0 + MINUTE + 4 * HOUR,
        destroying: false,
      },
    ]);
  });

  test('is told, with the age of its data', () => {
    expect(notices).toMatchObject([
      {
        kind: 'substituted',
        message: `web-1 leads to ${NEW} now, which replaced ${OLD} with the data of 60 s ago (copy copy-1)`,
      },
    ]);
  });

  test('is told, when there was no data', () => {
    const empty = after(running(), withoutCopy(OLD));
    expect(decideOn(empty, changed(NEW, 'healthy')).notices[0]?.message).toContain(
      'without data: there was no copy',
    );
  });

  test('nothing old is ended before that', () => {
    expect(record.retired).toEqual([]);
    expect(record.pending.map((action) => action.do)).toEqual(['provision']);
  });

  test.each(['recovering', 'bricked'] as const)('is not one that is %s', (phase) => {
    expect(decideOn(record, changed(NEW, phase)).record.slots).toMatchObject([{ machineId: null }]);
  });
});

describe('a replacement that never got healthy', () => {
  test('is replaced in turn, with the data that it was made from', () => {
    const record = after(running(), bricked(OLD), bricked(NEW, copy({ copyId: 'empty' })));
    expect(record.plans).toMatchObject([
      { kind: 'substitute', oldMachineId: OLD, newMachineId: 'demo.web-1.3', copy: { copyId: 'copy-1' } },
    ]);
    expect(record.retired).toMatchObject([{ machineId: NEW }]);
  });

  test('still counts from when the slot was left without a machine', () => {
    const record = after(running(), bricked(OLD));
    const next = decideOn(record, bricked(NEW), T0 + HOUR).record;
    expect(next.plans).toMatchObject([{ startedAt: T0, since: T0 + HOUR }]);
  });

  test('of a slot that was never filled goes on filling it', () => {
    const record = after(applied(), withoutCopy(OLD));
    expect(record.plans).toMatchObject([{ kind: 'fill', oldMachineId: null, newMachineId: NEW }]);
  });
});

describe('the budget of substitutions', () => {
  test('parks the plan after three within a day, and a person is told', () => {
    const record = failing(2);
    const { record: parked, notices } = decideOn(record, bricked('demo.web-1.4'));
    expect(parked.plans).toMatchObject([{ step: 'parked', newMachineId: 'demo.web-1.5' }]);
    expect(parked.pending.filter((action) => action.do === 'provision')).toHaveLength(3);
    expect(notices.map((notice) => notice.kind)).toEqual(['bricked', 'parked']);
  });

  test('frees up a day after the oldest, and the plan goes on by itself', () => {
    const parked = failing(3);
    const { record } = decideOn(parked, { type: 'woke' }, T0 + 24 * HOUR);
    expect(record.plans).toMatchObject([{ step: 'create', newMachineId: 'demo.web-1.5' }]);
    expect(record.slots).toMatchObject([{ generation: 5 }]);
  });

  test('wakes the project then, and not all the time until then', () => {
    const parked = { ...failing(3), pending: [] };
    const { wakeAt } = decideOn(parked, { type: 'woke' });
    expect(wakeAt).toBe(T0 + 4 * HOUR);
    const cleaned = { ...parked, retired: [] };
    expect(decideOn(cleaned, { type: 'woke' }).wakeAt).toBe(T0 + 24 * HOUR);
  });

  test('of one slot is not another one’s', () => {
    const record = after(running(['web-1', 'web-2']), bricked(OLD), changed(NEW, 'healthy'));
    expect(after(record, bricked('demo.web-2.1')).plans).toMatchObject([{ step: 'create' }]);
  });

  test('of a slot that waits is not kept awake by what another slot spent long ago', () => {
    const record = { ...failing(3), pending: [], retired: [] };
    const crowded = {
      ...record,
      substitutions: [{ slot: 'web-2', at: T0 - 30 * HOUR, cost: 0 }, ...record.substitutions],
    };
    expect(decideOn(crowded, { type: 'woke' }).wakeAt).toBe(T0 + 24 * HOUR);
  });

  test('that is raised lets the plan go on at the next wake', () => {
    const parked = failing(3);
    const policy = {
      ...parked.policy,
      budgets: { ...parked.policy.budgets, substitutions: { max: 9, withinMs: 24 * HOUR } },
    };
    const raised = decideOn(parked, { type: 'policy-set', policy });
    expect(raised.wakeAt).toBe(T0 + 1);
    expect(decideOn(raised.record, { type: 'woke' }).record.plans).toMatchObject([{ step: 'create' }]);
  });

  test('of zero parks at once and for good', () => {
    const none = running(['web-1'], { budgets: { substitutions: { max: 0 } } });
    const { record, wakeAt } = decideOn(none, bricked(OLD));
    expect(record.plans).toMatchObject([{ step: 'parked' }]);
    expect(wakeAt).toBeNull();
  });

  test('leaves the slot without a machine, and no duplicate notice starts one', () => {
    const parked = failing(3);
    const again = decideOn(parked, bricked('demo.web-1.4')).record;
    expect(again).toEqual(parked);
  });
});

test('a slot remembers its newest fifty machines', () => {
  let record = running(['web-1'], { budgets: { substitutions: { max: 1000 } } });
  for (let generation = 1; generation < 70; generation++)
    record = after(
      record,
      bricked(`demo.web-1.${generation}`),
      changed(`demo.web-1.${generation + 1}`, 'healthy'),
    );
  expect(record.slots[0]?.machines).toHaveLength(50);
  expect(record.slots[0]?.machineId).toBe('demo.web-1.70');
});

describe('the image of a replacement', () => {
  test.each([
    ['the one that the machine names', 'image-7', 'image-7'],
    ['the template’s, where it names none', null, null],
  ])('is %s', (_name, image, expected) => {
    const { record } = decideOn(running(), gaveUp(OLD, { image }));
    expect(record.pending).toMatchObject([{ do: 'provision', image: expected }]);
  });
});

describe('people are told of a copy', () => {
  const told = (copyAgeMs: number | null, given: ReturnType<typeof copy> | null = copy()) =>
    decideOn(running(), gaveUp(OLD, { copyAgeMs, copy: given })).notices.filter(
      ({ kind }) => kind === 'old-copy',
    );

  test('that is older than the policy has it', () => {
    expect(told(15 * MINUTE)).toEqual([]);
    expect(told(16 * MINUTE)).toMatchObject([
      { slot: 'web-1', machineId: OLD, message: `${OLD} was given up, and its newest copy is 16 min old` },
    ]);
  });

  test('that does not exist', () => {
    expect(told(null, null)).toMatchObject([
      { message: `${OLD} was given up, and there is no copy of its data` },
    ]);
  });
});

test('a failed machine that was cleaned up while its slot waited says nothing once the slot has another one', () => {
  const poor = { budgets: { substitutions: { max: 1, withinMs: HOUR } } };
  const parked = after(
    applied(['web-1'], poor),
    bricked(OLD),
    bricked(NEW),
    changed(NEW, 'destroyed'),
    changed(NEW, 'retired'),
  );
  expect(parked.plans).toMatchObject([{ step: 'parked' }]);
  const { record } = decideOn(parked, { type: 'woke' }, T0 + HOUR);
  expect(record.plans).toMatchObject([{ newMachineId: 'demo.web-1.3' }]);
  expect(record.told).toEqual([]);
});
