import type { Phase } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  changed,
  HOUR,
  incident,
  machine,
  MINUTE,
  origin,
  pending,
  policy,
  recovering,
  SECOND,
  T0,
} from '../testing/builders.ts';
import type { OutboxEntry } from './outbox.ts';
import type { MachineRecord, MachineState } from './record.ts';
import { isWatched, nextCheckAt, wakeAt } from './wake.ts';

const INTERVAL = 30 * SECOND;

const STATES: { [phase in Phase]: Extract<MachineState, { phase: phase }> } = {
  new: { phase: 'new', since: T0 },
  provisioning: { phase: 'provisioning', since: T0, actionId: null },
  starting: { phase: 'starting', since: T0 },
  healthy: { phase: 'healthy', since: T0 },
  suspect: { phase: 'suspect', since: T0 },
  recovering: recovering(),
  settling: { phase: 'settling', since: T0, incident: incident() },
  stopping: { phase: 'stopping', since: T0, actionId: null },
  stopped: { phase: 'stopped', since: T0 },
  bricked: {
    phase: 'bricked',
    since: T0,
    incident: incident(),
    salvage: { step: 'stop', actionId: null, until: T0 + MINUTE },
  },
  retired: { phase: 'retired', since: T0, actionId: null, settled: false },
  destroyed: { phase: 'destroyed', since: T0 },
};

function dueIn(ms: number, overrides: Partial<MachineRecord> = {}): MachineRecord {
  return machine({ state: STATES.healthy, check: { ...machine().check, dueAt: T0 + ms }, ...overrides });
}

const message = (nextSendAt: number): OutboxEntry => ({
  id: 'x/1',
  sends: 0,
  nextSendAt,
  message: changed('healthy'),
});

describe('whether a machine is watched', () => {
  test.each(Object.entries(STATES))('%s', (phase, state) => {
    expect(isWatched(machine({ state }))).toBe(phase !== 'new' && phase !== 'destroyed');
  });

  test('one that was given up is, until its data is saved', () => {
    const salvage = { step: 'done', actionId: null, until: T0 } as const;
    expect(isWatched(machine({ state: { ...STATES.bricked, salvage } }))).toBe(false);
  });

  test('a retired one is, also when it is down: something may start it again', () => {
    const state = { ...STATES.retired, settled: true };
    expect(isWatched(machine({ state, desired: 'retired' }))).toBe(true);
    expect(nextCheckAt(machine({ state, desired: 'retired' }), policy(), T0)).toBe(T0 + 5 * MINUTE);
    expect(nextCheckAt(machine({ state, desired: 'destroyed' }), policy(), T0)).toBeLessThan(T0 + MINUTE);
  });
});

describe('the next wake', () => {
  test('is the next check', () => {
    expect(wakeAt(dueIn(20 * SECOND), T0)).toBe(T0 + 20 * SECOND);
  });

  test('is the next send while an action is pending, whatever is due besides', () => {
    const waiting = pending({ do: 'copy' }, { nextSendAt: T0 + 8 * SECOND });
    expect(wakeAt(dueIn(SECOND, { pending: waiting }), T0)).toBe(T0 + 8 * SECOND);
  });

  test('is at once for a command that waits', () => {
    expect(wakeAt(dueIn(20 * SECOND, { commands: [{ kind: 'restart' }] }), T0)).toBe(T0 + 1);
  });

  test.each<[MachineRecord['commands'][number], number]>([
    [{ kind: 'apply-versions', refs: { customer: 'main' }, order: null }, 20 * SECOND],
    [{ kind: 'rebuild', image: 'image-2', refs: null, order: null }, 20 * SECOND],
    [{ kind: 'restore-work', from: 'demo.web-1.1', evidence: '17' }, 20 * SECOND],
    [{ kind: 'restart' }, 1],
    [{ kind: 'restart-services', names: ['web'] }, 1],
    [{ kind: 'start' }, 1],
  ])('for %j while a change of versions is under way is in %i ms', (command, inMs) => {
    const change = { actionId: 'x', startedAt: T0 };
    expect(wakeAt(dueIn(20 * SECOND, { commands: [command], change }), T0)).toBe(T0 + inMs);
    expect(wakeAt(dueIn(20 * SECOND, { commands: [command] }), T0)).toBe(T0 + 1);
  });

  test('is not for a command while an action is pending', () => {
    const waiting = pending({ do: 'copy' }, { nextSendAt: T0 + 8 * SECOND });
    const record = dueIn(SECOND, { pending: waiting, commands: [{ kind: 'restart' }] });
    expect(wakeAt(record, T0)).toBe(T0 + 8 * SECOND);
  });

  test('is the next message that is to be sent', () => {
    expect(wakeAt(dueIn(20 * SECOND, { outbox: [message(T0 + 5 * SECOND)] }), T0)).toBe(T0 + 5 * SECOND);
  });

  test('is for a message also when nothing is watched', () => {
    const record = machine({ state: STATES.destroyed, outbox: [message(T0 + 5 * SECOND)] });
    expect(wakeAt(record, T0)).toBe(T0 + 5 * SECOND);
  });

  test.each([0, -1, -HOUR])('is never now or in the past (due %i ms from now)', (ms) => {
    expect(wakeAt(dueIn(ms), T0)).toBe(T0 + 1);
  });

  test.each(['new', 'destroyed'] as const)('is never, for a machine that is %s', (phase) => {
    expect(wakeAt(machine({ state: STATES[phase] }), T0)).toBeNull();
  });
});

describe('the time of the next check', () => {
  const next = (record: MachineRecord, now = T0) => nextCheckAt(record, policy(), now) - now;

  test.each(['healthy', 'suspect'] as const)(
    'of a machine that is %s lies half to one and a half intervals away',
    (phase) => {
      for (let second = 0; second < 60; second++) {
        const away = next(machine({ state: STATES[phase] }), T0 + second * SECOND);
        expect(away).toBeGreaterThanOrEqual(INTERVAL / 2);
        expect(away).toBeLessThanOrEqual(INTERVAL * 1.5);
      }
    },
  );

  test('follows a grid: one check per interval, however late the one before was', () => {
    const record = machine({ state: STATES.healthy });
    const first = nextCheckAt(record, policy(), T0);
    expect(nextCheckAt(record, policy(), first)).toBe(first + INTERVAL);
    expect(nextCheckAt(record, policy(), first + 7 * SECOND)).toBe(first + INTERVAL);
    expect(nextCheckAt(record, policy(), first + 16 * SECOND)).toBe(first + 2 * INTERVAL);
  });

  test('differs from machine to machine, so that a fleet does not wake at once', () => {
    const times = Array.from({ length: 100 }, (_, index) => {
      const { identity } = origin();
      const record = machine({
        state: STATES.healthy,
        identity: { ...identity, machineId: `demo.web-${index}.1` },
      });
      return nextCheckAt(record, policy(), T0);
    });
    const perSecond = Map.groupBy(times, (time) => Math.floor(time / SECOND));
    expect(Math.max(...[...perSecond.values()].map((group) => group.length))).toBeLessThan(15);
  });

  test('of a machine that is meant to be down is ten intervals away', () => {
    expect(next(machine({ state: STATES.stopped }))).toBe(10 * INTERVAL);
  });

  test.each<[number, number]>([
    [0, SECOND],
    [2 * SECOND, SECOND],
    [8 * SECOND, 2 * SECOND],
    [40 * SECOND, 10 * SECOND],
    [2 * MINUTE, INTERVAL],
    [HOUR, INTERVAL],
  ])('while something has been under way for %i ms is %i ms away', (age, expected) => {
    const now = T0 + age;
    for (const phase of ['provisioning', 'starting', 'settling', 'stopping', 'bricked', 'retired'] as const)
      expect(next(machine({ state: STATES[phase] }), now)).toBe(expected);
    expect(next(machine({ state: recovering({ attempt: attempt() }) }), now)).toBe(expected);
    const change = { actionId: 'x', startedAt: T0 };
    expect(next(machine({ state: STATES.healthy, change }), now)).toBe(expected);
  });

  test('of an incident that is held does not stay at a second', () => {
    expect(next(machine({ state: recovering({ attempt: null }) }), T0 + HOUR)).toBe(INTERVAL);
  });

  test('of a try that was just taken is close, however old the incident is', () => {
    const state = recovering({ since: T0 - HOUR, attempt: attempt({ dispatchedAt: T0 }) });
    expect(next(machine({ state }), T0)).toBe(SECOND);
  });

  test('never exceeds a very short interval', () => {
    const quick = policy({ check: { intervalMs: 500 } });
    expect(nextCheckAt(machine({ state: STATES.starting }), quick, T0 + HOUR) - T0 - HOUR).toBe(500);
  });
});
