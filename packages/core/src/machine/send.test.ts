import { describe, expect, test } from 'vitest';
import { changed, healthyMachine, pending, policy, SECOND, T0 } from '../testing/builders.ts';
import type { OutboxEntry } from './outbox.ts';
import type { MachineRecord } from './record.ts';
import { resendDelay } from './resend-delay.ts';
import { dueActions, dueMessages } from './send.ts';
import type { Turn } from './turn.ts';
import { wakeAt } from './wake.ts';

function turn(record: Partial<MachineRecord>, now = T0): Turn {
  return { record: healthyMachine(record), now, policy: policy(), facts: [] };
}

const entry = (id: string, nextSendAt = T0, sends = 0): OutboxEntry => ({
  id,
  sends,
  nextSendAt,
  message: changed('healthy'),
});

test.each([
  [0, 1],
  [1, 2],
  [2, 4],
  [5, 32],
  [6, 60],
  [7, 60],
  [1000, 60],
])('after %i sends the next one is %i s away', (sends, seconds) => {
  expect(resendDelay(sends)).toBe(seconds * SECOND);
});

describe('the pending action', () => {
  test('is sent when it is due, and waits longer from send to send', () => {
    const first = turn({ pending: pending({ do: 'stop' }, { sends: 0, nextSendAt: T0 }) });
    expect(dueActions(first)).toMatchObject([{ do: 'stop', sends: 1, nextSendAt: T0 + SECOND }]);
    const second = turn({ pending: first.record.pending }, T0 + SECOND);
    expect(dueActions(second)).toMatchObject([{ do: 'stop', sends: 2, nextSendAt: T0 + 3 * SECOND }]);
  });

  test('that is a periodic copy is sent again with the next check, and needs no alarm of its own', () => {
    const one = turn({ pending: pending({ do: 'copy' }, { sends: 0, nextSendAt: T0 }) });
    const { dueAt } = one.record.check;
    expect(dueActions(one)).toMatchObject([{ nextSendAt: dueAt }]);
    expect(wakeAt(one.record, T0)).toBe(dueAt);
  });

  test('is stored as it was sent, under the id it had', () => {
    const given = pending({ do: 'copy' }, { sends: 0, nextSendAt: T0 });
    const one = turn({ pending: given });
    const [sent] = dueActions(one);
    expect(one.record.pending).toBe(sent);
    expect(sent?.ref).toEqual(given.ref);
  });

  test('is not sent before its time', () => {
    const one = turn({ pending: pending({ do: 'copy' }, { nextSendAt: T0 + 1 }) });
    expect(dueActions(one)).toEqual([]);
  });

  test('may be none', () => {
    expect(dueActions(turn({ pending: null }))).toEqual([]);
  });
});

describe('messages', () => {
  test('are sent when they are due, in their order', () => {
    const one = turn({ outbox: [entry('a'), entry('b', T0 + 1), entry('c', T0 - 1, 3)] });
    expect(dueMessages(one).map(({ id, sends, nextSendAt }) => [id, sends, nextSendAt - T0])).toEqual([
      ['a', 1, SECOND],
      ['c', 4, 8 * SECOND],
    ]);
    expect(one.record.outbox.map(({ id, sends }) => [id, sends])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 4],
    ]);
  });

  test('that are not due leave the record untouched', () => {
    const one = turn({ outbox: [entry('a', T0 + 1)] });
    const before = one.record;
    expect(dueMessages(one)).toEqual([]);
    expect(one.record).toBe(before);
  });
});
