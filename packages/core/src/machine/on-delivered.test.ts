import { expect, test } from 'vitest';
import { changed, healthyMachine, T0 } from '../testing/builders.ts';
import { decideOn } from '../testing/deciding.ts';
import type { OutboxEntry } from './outbox.ts';

const entry = (id: string): OutboxEntry => ({
  id,
  sends: 1,
  nextSendAt: T0 + 1000,
  message: changed('healthy'),
});

test.each([
  ['acknowledged: it is done', { entryId: 'a', ok: true }, ['b']],
  ['not acknowledged: it stays', { entryId: 'a', ok: false }, ['a', 'b']],
  ['acknowledged twice: nothing more happens', { entryId: 'x', ok: true }, ['a', 'b']],
])('a message that was %s', (_name, event, left) => {
  const record = healthyMachine({ outbox: [entry('a'), entry('b')] });
  const { record: after } = decideOn(record, { type: 'delivered', ...event });
  expect(after.outbox.map((one) => one.id)).toEqual(left);
});
