import { describe, expect, test } from 'vitest';
import {
  changed,
  healthyMachine,
  machine,
  observation,
  pending,
  policy,
  report,
  SECOND,
  T0,
} from '../testing/builders.ts';
import { deepFreeze } from '../testing/deep-freeze.ts';
import { decideOn, finish, look } from '../testing/deciding.ts';
import { decide } from './decide.ts';
import type { MachineEvent } from './event.ts';
import type { OutboxEntry } from './outbox.ts';
import { snapshotsOf } from './span.ts';

const DUE = { ...healthyMachine().check, dueAt: T0 };

const entry: OutboxEntry = {
  id: 'demo.web-1.1/39',
  sends: 0,
  nextSendAt: T0,
  message: changed('healthy'),
};

describe('a decision', () => {
  const record = deepFreeze(healthyMachine({ check: DUE, outbox: [entry] }));
  const events: MachineEvent[] = [
    { type: 'woke' },
    { type: 'reported', report: report({ seq: 2 }) },
    { type: 'commanded', by: null, command: { kind: 'restart' } },
    { type: 'delivered', entryId: entry.id, ok: true },
    { type: 'finished', actionId: 'unknown', outcome: { ok: true } },
    { type: 'observed', actionId: 'unknown', observation: observation() },
  ];

  test.each(events)('on $type is the same for the same input, and leaves the input as it was', (event) => {
    const input = { record, event: deepFreeze(event), now: T0, policy: deepFreeze(policy()) };
    expect(decide(input)).toEqual(decide(input));
  });

  test('is stored before it is sent: what is sent is what is pending', () => {
    const { actions, record: after } = decideOn(record, { type: 'woke' });
    expect(actions).toHaveLength(1);
    expect(after.pending).toBe(actions[0]);
  });

  test('survives being written down and read again', () => {
    const { record: after } = decideOn(record, { type: 'woke' });
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  });
});

describe('only the alarm acts', () => {
  const record = healthyMachine({ check: DUE, outbox: [entry] });

  test('when it wakes, it sends what is due', () => {
    const { actions, messages } = decideOn(record, { type: 'woke' });
    expect(actions).toMatchObject([{ do: 'observe', sends: 1 }]);
    expect(messages).toMatchObject([{ id: entry.id, sends: 1 }]);
  });

  test.each<MachineEvent>([
    { type: 'reported', report: report({ seq: 2, pidnapAnswers: false }) },
    { type: 'commanded', by: null, command: { kind: 'stop' } },
    { type: 'delivered', entryId: entry.id, ok: false },
  ])('$type only brings the alarm forward', (event) => {
    const { actions, messages, wakeAt } = decideOn(record, event);
    expect([actions, messages]).toEqual([[], []]);
    expect(wakeAt).toBe(T0 + 1);
  });

  test('the outcome of what it sent goes on in the same run', () => {
    const waiting = healthyMachine({ check: DUE, pending: pending({ do: 'copy' }) });
    expect(finish(waiting, { ok: true }).actions).toMatchObject([{ do: 'observe' }]);
  });
});

describe('at most one action is pending', () => {
  test('nothing new is begun while one is', () => {
    const record = healthyMachine({
      check: DUE,
      pending: pending({ do: 'copy' }),
      commands: [{ kind: 'restart' }],
    });
    const { record: after, actions } = decideOn(record, { type: 'woke' }, { now: T0 + SECOND });
    expect(actions).toMatchObject([{ do: 'copy', sends: 2, ref: { sequence: 40 } }]);
    expect(after.commands).toHaveLength(1);
  });

  test('it is sent again under its own id when no outcome came', () => {
    const first = decideOn(healthyMachine({ commands: [{ kind: 'restart' }] }), { type: 'woke' });
    const again = decideOn(first.record, { type: 'woke' }, { now: T0 + SECOND });
    expect(again.actions.map((action) => action.ref)).toEqual(first.actions.map((action) => action.ref));
  });
});

describe('a tick', () => {
  test.each<[string, MachineEvent, number]>([
    ['the alarm', { type: 'woke' }, T0 + SECOND],
    ['an outcome', { type: 'finished', actionId: 'unknown', outcome: { ok: true } }, T0 + SECOND],
    ['a report is none', { type: 'reported', report: report({ seq: 2 }) }, T0],
    ['a command is none', { type: 'commanded', by: null, command: { kind: 'restart' } }, T0],
  ])('is noted: %s', (_name, event, expected) => {
    expect(decideOn(healthyMachine(), event, { now: T0 + SECOND }).record.lastTickAt).toBe(expected);
  });
});

test('a machine of which nothing was asked sleeps', () => {
  expect(decideOn(machine(), { type: 'woke' })).toMatchObject({
    actions: [],
    messages: [],
    facts: [],
    wakeAt: null,
  });
});

test('every look leaves a snapshot with what was known then', () => {
  const { record } = look(healthyMachine(), observation({ startedAt: T0 }), { now: T0 + SECOND });
  expect(record.span && snapshotsOf(record.span)).toMatchObject([
    { at: T0 + SECOND, phase: 'healthy', healthy: true, verdict: { findings: [] } },
  ]);
});
