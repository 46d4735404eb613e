import { describe, expect, test } from 'vitest';
import {
  attempt,
  healthyMachine,
  HOUR,
  incident,
  levelTry,
  machine,
  pending,
  recovering,
  sickMachine,
  T0,
} from '../testing/builders.ts';
import { decideOn, story } from '../testing/deciding.ts';
import { STATES } from '../testing/states.ts';
import type { Command } from './event.ts';
import type { MachineRecord, MachineState } from './record.ts';

function commanded(record: MachineRecord, command: Command, now = T0) {
  return decideOn(record, { type: 'commanded', by: null, command }, { now });
}

test('a command that is refused changes nothing, also when it arrives all the same', () => {
  const record = healthyMachine({ state: STATES.stopped, desired: 'stopped' });
  expect(commanded(record, { kind: 'restart' }).record).toEqual(record);
});

describe('provision', () => {
  test('begins once', () => {
    const first = commanded(machine(), { kind: 'provision' });
    expect(first.record.state).toEqual({ phase: 'provisioning', since: T0, actionId: null });
    expect(first.wakeAt).toBe(T0 + 1);
    expect(commanded(first.record, { kind: 'provision' }, T0 + 5).record).toEqual(first.record);
  });
});

describe('stop', () => {
  test('drops what was under way and what was waiting', () => {
    const record = healthyMachine({
      pending: pending({ do: 'copy' }),
      commands: [{ kind: 'restart' }],
      change: { actionId: 'x', startedAt: T0 },
    });
    const { record: after } = commanded(record, { kind: 'stop' });
    expect(after).toMatchObject({ desired: 'stopped', pending: null, commands: [], change: null });
    expect(after.state.phase).toBe('stopping');
  });

  test('beats recovery: the try that ran is over, and the incident is cancelled', () => {
    const tries = [levelTry({ outcome: 'running', reason: null, endedAt: null })];
    const record = sickMachine({ state: recovering({ incident: incident({ tries }), attempt: attempt() }) });
    const decision = commanded(record, { kind: 'stop' });
    expect(decision.facts).toContainEqual({
      kind: 'incident',
      incident: incident({
        tries: [levelTry({ reason: null, message: 'restart web: stopped by an operator' })],
        outcome: 'cancelled',
        closedAt: T0,
      }),
    });
    expect(story(decision)).toContain('incident 1 ended: stopped by an operator');
  });

  test('twice is once', () => {
    const { record } = commanded(healthyMachine(), { kind: 'stop' });
    expect(commanded(record, { kind: 'stop' }, T0 + 5).record).toEqual(record);
  });
});

describe('start', () => {
  const stopped = healthyMachine({
    desired: 'stopped',
    state: STATES.stopped,
    check: {
      ...machine().check,
      failed: 9,
      gone: 4,
      firstFailedAt: T0 - HOUR,
      lastFailedAt: T0,
      dueAt: T0 + HOUR,
    },
  });

  test('begins without the failed checks of the time when it was meant to be down', () => {
    const { record } = commanded(stopped, { kind: 'start' });
    expect(record.check).toMatchObject({ failed: 0, gone: 0, firstFailedAt: null, lastFailedAt: null });
  });

  test('waits for its turn and looks at once', () => {
    const decision = commanded(stopped, { kind: 'start' });
    expect(decision.record).toMatchObject({ desired: 'running', commands: [{ kind: 'start' }] });
    expect(decision.record.state.phase).toBe('starting');
    expect(decision.wakeAt).toBe(T0 + 1);
  });

  test('of a machine that is meant to run changes nothing', () => {
    expect(commanded(healthyMachine(), { kind: 'start' }).record).toEqual(healthyMachine());
  });
});

describe('commands that wait for their turn', () => {
  test('do so in the order in which they came, and are said', () => {
    let record = healthyMachine();
    const told: string[] = [];
    for (const command of [
      { kind: 'restart' },
      { kind: 'restart-services', names: ['web', 'daemon'] },
      { kind: 'apply-versions', refs: { customer: 'v2', platform: 'main' }, order: null },
      { kind: 'rebuild', image: 'image-2', refs: null, order: null },
      { kind: 'rebuild', image: 'image-3', refs: { customer: 'v2' }, order: null },
      { kind: 'restore-work', from: 'demo.web-1.1', evidence: '17' },
    ] satisfies Command[]) {
      const decision = commanded(record, command);
      record = decision.record;
      told.push(...story(decision));
    }
    expect(record.commands.map((command) => command.kind)).toEqual([
      'restart',
      'restart-services',
      'apply-versions',
      'rebuild',
      'rebuild',
      'restore-work',
    ]);
    expect(told).toEqual([
      'restart asked for',
      'restart of web, daemon asked for',
      'refresh asked for: customer to v2, platform to main',
      'rebuild from image-2 asked for',
      'rebuild from image-3 asked for: customer to v2',
      'work of evidence 17 of demo.web-1.1 asked for',
    ]);
  });
});

describe('retire', () => {
  test('ends an incident of a machine that another one replaces', () => {
    const decision = commanded(sickMachine(), { kind: 'retire' });
    expect(decision.record).toMatchObject({
      desired: 'retired',
      state: { phase: 'retired', settled: false },
    });
    expect(decision.facts).toContainEqual({
      kind: 'incident',
      incident: incident({ outcome: 'cancelled', closedAt: T0 }),
    });
  });

  test('ends the last level of a machine that was given up, as having done its work', () => {
    const tries = [
      levelTry({ level: 4, outcome: 'running', reason: null, endedAt: null, message: 'give up' }),
    ];
    const open = incident({ tries, outcome: 'bricked' });
    const state = { ...STATES.bricked, incident: open } as MachineState;
    const decision = commanded(healthyMachine({ state }), { kind: 'retire' });
    expect(decision.facts).toContainEqual({
      kind: 'incident',
      incident: {
        ...open,
        tries: [{ ...tries[0], outcome: 'healed', message: 'give up: replaced', endedAt: T0 }],
        closedAt: T0,
      },
    });
  });

  test.each(['retired', 'destroyed'] as const)('changes nothing in a machine that is %s', (phase) => {
    const record = healthyMachine({ state: STATES[phase], desired: phase });
    expect(commanded(record, { kind: 'retire' }).record.state).toEqual(record.state);
  });
});

describe('destroy', () => {
  test('of a retired machine begins anew, also when its stop had been settled', () => {
    const record = healthyMachine({ state: STATES.retired, desired: 'retired' });
    const decision = commanded(record, { kind: 'destroy' }, T0 + HOUR);
    expect(decision.record).toMatchObject({
      desired: 'destroyed',
      state: { phase: 'retired', actionId: null, settled: false },
    });
    expect(decision.wakeAt).toBe(T0 + HOUR + 1);
  });

  test('of a machine that slept until then is not taken for an absence', () => {
    const record = healthyMachine({ state: STATES.retired, desired: 'retired' });
    const { record: after } = commanded(record, { kind: 'destroy' }, T0 + 4 * HOUR);
    const woken = decideOn(after, { type: 'woke' }, { now: T0 + 4 * HOUR + 1 });
    expect(story(woken).filter((line) => line.includes('away'))).toEqual([]);
    expect(woken.actions).toMatchObject([{ do: 'destroy' }]);
  });

  test('twice is once', () => {
    const { record } = commanded(healthyMachine(), { kind: 'destroy' });
    expect(commanded(record, { kind: 'destroy' }, T0 + 5).record).toEqual(record);
  });
});
