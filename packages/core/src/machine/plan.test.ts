import { describe, expect, test } from 'vitest';
import {
  attempt,
  collected,
  commit,
  diagnosis,
  healthyMachine,
  HOUR,
  incident,
  inspection,
  levelTry,
  machine,
  MACHINE_ID,
  MINUTE,
  operation,
  pending,
  permit,
  policy,
  recovering,
  report,
  SECOND,
  service,
  sickMachine,
  T0,
  verdict,
  versions,
} from '../testing/builders.ts';
import { decideOn, story } from '../testing/deciding.ts';
import type { MachineRecord, MachineState } from './record.ts';

function wake(record: MachineRecord, now = T0, chosen = policy()) {
  return decideOn(record, { type: 'woke' }, { now, policy: chosen });
}

const due = { ...healthyMachine().check, dueAt: T0 };
const skip = (level: 1 | 2 | 3) => levelTry({ level, attempt: 0, outcome: 'skipped' });

describe('the order of what is done', () => {
  const everything = {
    commands: [{ kind: 'restart' as const }],
    copy: { last: null, dueAt: T0 },
    check: due,
  };

  test('what the phase needs comes first', () => {
    const state: MachineState = { phase: 'stopping', since: T0, actionId: null };
    expect(wake(healthyMachine({ ...everything, state, desired: 'stopped' })).actions).toMatchObject([
      { do: 'stop' },
    ]);
  });

  test('then what a person asked for, then the next look, then copies, which rest on what it found', () => {
    const first = wake(healthyMachine(everything));
    expect(first.actions).toMatchObject([{ do: 'restart' }]);
    const second = wake({ ...first.record, pending: null });
    expect(second.actions).toMatchObject([{ do: 'observe' }]);
    const third = wake({ ...second.record, pending: null });
    expect(third.actions).toMatchObject([{ do: 'copy' }]);
  });

  test('nothing is done before it is due', () => {
    expect(wake(healthyMachine()).actions).toEqual([]);
  });
});

describe('commands', () => {
  test.each([
    [{ kind: 'start' as const }, { do: 'start' }],
    [{ kind: 'restart' as const }, { do: 'restart' }],
    [
      { kind: 'restart-services' as const, names: ['web'] },
      { do: 'restart-services', names: ['web'] },
    ],
    [
      { kind: 'apply-versions' as const, refs: { customer: 'v2' }, order: null },
      { do: 'apply-versions', refs: { customer: 'v2' }, fresh: false },
    ],
    [
      { kind: 'rebuild' as const, image: 'image-2', refs: null, order: null },
      { do: 'rebuild', image: 'image-2', refs: { platform: commit('a'), customer: commit('b') } },
    ],
    [
      { kind: 'rebuild' as const, image: 'image-2', refs: { customer: 'v2' }, order: null },
      { do: 'rebuild', image: 'image-2', refs: { platform: commit('a'), customer: 'v2' } },
    ],
    [
      { kind: 'restore-work' as const, from: MACHINE_ID, evidence: '17' },
      { do: 'restore-work', from: MACHINE_ID, evidence: '17' },
    ],
  ])('%o becomes an action', (command, action) => {
    const { actions, record } = wake(healthyMachine({ commands: [command, { kind: 'restart' }] }));
    expect(actions).toMatchObject([action]);
    expect(record.commands).toEqual([{ kind: 'restart' }]);
  });
});

describe('creating', () => {
  test('is asked for once, with the copy to restore', () => {
    const record = machine({
      state: { phase: 'provisioning', since: T0, actionId: null },
      restoreCopyId: 'copy-7',
    });
    const { actions, record: after } = wake(record);
    expect(actions).toMatchObject([{ do: 'create', restoreCopyId: 'copy-7' }]);
    expect(after.state).toMatchObject({ actionId: `${MACHINE_ID}/1` });
  });
});

describe('retiring', () => {
  const retired = (settled: boolean, desired: 'retired' | 'destroyed') =>
    healthyMachine({ desired, state: { phase: 'retired', since: T0, actionId: null, settled } });

  test.each([
    [false, 'retired', ['stop']],
    [true, 'retired', []],
    [false, 'destroyed', ['destroy']],
    [true, 'destroyed', ['destroy']],
  ] as const)('settled %s, %s: %o', (settled, desired, expected) => {
    expect(wake(retired(settled, desired)).actions.map((action) => action.do)).toEqual(expected);
  });
});

describe('the depth of a look', () => {
  test.each<[string, Partial<MachineRecord>, 'light' | 'deep']>([
    ['all is well', {}, 'light'],
    ['the report is late', { report: { receivedAt: T0 - 76 * SECOND, report: report() } }, 'deep'],
    ['there is no report', { report: null }, 'deep'],
    ['the report is bad', { report: { receivedAt: T0, report: report({ pidnapAnswers: false }) } }, 'deep'],
    [
      'a service is not well',
      { report: { receivedAt: T0, report: report({ services: [service('web', { health: 'unhealthy' })] }) } },
      'deep',
    ],
    ['the last check failed', { verdict: verdict('unhealthy', 'service-down') }, 'deep'],
    ['the last check could not tell', { verdict: verdict('unknown') }, 'deep'],
    ['there was no check', { verdict: null }, 'deep'],
    ['a change of versions is under way', { change: { actionId: 'x', startedAt: T0 } }, 'deep'],
    ['the machine is not healthy', { state: { phase: 'suspect', since: T0 } }, 'deep'],
  ])('when %s: %s', (_name, overrides, depth) => {
    expect(wake(healthyMachine({ check: due, ...overrides })).actions).toMatchObject([
      { do: 'observe', depth },
    ]);
  });
});

describe('copies', () => {
  const dueCopy = { copy: { last: null, dueAt: T0 } };

  test('are made of a healthy machine, and the next is due in its time', () => {
    const { actions, record } = wake(healthyMachine(dueCopy));
    expect(actions).toMatchObject([{ do: 'copy' }]);
    expect(record.copy.dueAt).toBe(T0 + 5 * MINUTE);
  });

  test.each<[string, Partial<MachineRecord>]>([
    ['it is not due', { copy: { last: null, dueAt: T0 + 1 } }],
    ['the machine is suspect', { state: { phase: 'suspect', since: T0 } }],
    ['the last check failed', { verdict: verdict('unhealthy') }],
    ['the last check could not tell', { verdict: verdict('unknown') }],
    [
      'the host still works on something',
      { inspection: inspection({ operation: operation('x', { status: 'running' }) }) },
    ],
  ])('are not made when %s', (_name, overrides) => {
    expect(wake(healthyMachine({ ...dueCopy, ...overrides })).actions).toEqual([]);
  });
});

describe('recovery', () => {
  test('begins with level 1, which needs no permit, and spends from the budget', () => {
    const decision = wake(sickMachine());
    expect(decision.actions).toMatchObject([{ do: 'restart-services', names: ['web'] }]);
    expect(decision.record.spent).toEqual([{ at: T0, level: 1 }]);
    expect(decision.record.state).toMatchObject({
      attempt: {
        level: 1,
        actionId: `${MACHINE_ID}/41`,
        dispatchedAt: null,
        until: T0 + 2 * MINUTE,
        from: versions(),
      },
      incident: { tries: [{ level: 1, attempt: 1, outcome: 'running', message: 'restart web' }] },
    });
    expect(story(decision)).toEqual(['level 1, try 1: restart web']);
  });

  test('does nothing new while a try is under way', () => {
    const tries = [levelTry({ outcome: 'running', endedAt: null })];
    const state = recovering({ incident: incident({ tries }), attempt: attempt() });
    expect(wake(sickMachine({ state })).actions).toEqual([]);
  });

  test('chooses nothing on what was seen before the last try ended', () => {
    const state = recovering({ incident: incident({ tries: [levelTry({ endedAt: T0 + SECOND })] }) });
    expect(wake(sickMachine({ state }), T0 + SECOND).actions).toEqual([]);
  });

  test('chooses nothing on what was seen before the incident was opened', () => {
    const state = recovering({ incident: incident({ openedAt: T0 + SECOND }) });
    expect(wake(sickMachine({ state }), T0 + SECOND).actions).toEqual([]);
  });

  test('asks for a permit before level 2, keeping what it passed over', () => {
    const record = sickMachine({
      state: recovering({ incident: incident({ tries: [levelTry(), levelTry({ attempt: 2 })] }) }),
      versions: versions({ customer: commit('c') }),
    });
    const decision = wake(record);
    expect(decision.actions).toMatchObject([{ do: 'request-permit', level: 2 }]);
    expect(decision.record.spent).toEqual([]);
  });

  test('acts on a permit that holds', () => {
    const state = recovering({
      incident: incident({ tries: [skip(1), skip(2)] }),
      permit: permit(3),
      evidence: collected(3),
    });
    expect(wake(sickMachine({ state })).actions).toMatchObject([{ do: 'restart' }]);
  });

  test('asks again when its permit has lapsed', () => {
    const state = recovering({
      incident: incident({ tries: [skip(1), skip(2)] }),
      permit: permit(3, { expiresAt: T0 }),
    });
    expect(wake(sickMachine({ state })).actions).toMatchObject([{ do: 'request-permit', level: 3 }]);
  });

  test('does not ask before it may ask again', () => {
    const state = recovering({ incident: incident({ tries: [skip(1), skip(2)] }), askAgainAt: T0 + 1 });
    expect(wake(sickMachine({ state })).actions).toEqual([]);
  });

  test('of a failure that does not lie in the machine is held, which is told once', () => {
    const first = wake(sickMachine({ diagnosis: diagnosis('network') }));
    expect(story(first)).toEqual(['held: The network fails, not the machine. network!']);
    expect(first.actions).toEqual([]);
    expect(wake(first.record, T0 + 500).facts).toEqual([]);
  });

  test('that is exhausted is held for a person', () => {
    const short = policy({ ladder: [{ level: 1, attempts: 1, timeoutMs: 1000 }] });
    const state = recovering({ incident: incident({ tries: [levelTry()] }) });
    const { record, wakeAt } = wake(sickMachine({ state }), T0, short);
    expect(record.state).toMatchObject({ incident: { held: { reason: 'ladder-exhausted' } } });
    expect(wakeAt).not.toBeNull();
  });

  test('does not hold up what a person asks for', () => {
    const state = recovering({ incident: incident({ tries: [skip(1), skip(2)] }), askAgainAt: T0 + HOUR });
    const commands = [{ kind: 'apply-versions' as const, refs: { customer: 'fixed' }, order: null }];
    expect(wake(sickMachine({ state, commands })).actions).toMatchObject([{ do: 'apply-versions' }]);
  });
});

test('what is pending is not overtaken by anything', () => {
  const record = sickMachine({ pending: pending({ do: 'copy' }, { nextSendAt: T0 + SECOND }), check: due });
  expect(wake(record).record.pending).toEqual(record.pending);
});
