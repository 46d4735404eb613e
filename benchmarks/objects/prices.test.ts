import { expect, test } from 'vitest';
import type { Counted } from './counted.ts';
import { difference, monthlyCost, rowsWritten } from './prices.ts';

const counted = (overrides: Partial<Counted> = {}): Counted => ({
  rowsRead: 0,
  rowsWritten: 0,
  alarmsSet: 0,
  pointsWritten: 0,
  requests: { alarms: 0, reports: 0, sweeps: 0, projectSweeps: 0, projectAlarms: 0 },
  activeMs: 0,
  ...overrides,
});

test('one row in 30 s costs a machine 8.64 cents a month', () => {
  const cost = monthlyCost(counted({ rowsWritten: 10 }), 10, 30_000);
  expect(cost.find(({ name }) => name === 'rowsWritten')).toMatchObject({
    perMonth: 86_400,
    dollars: 0.0864,
  });
});

test('an alarm that is set is a row', () => {
  expect(rowsWritten(counted({ rowsWritten: 2, alarmsSet: 3 }))).toBe(5);
});

test('a second of work is an eighth of a gigabyte-second, whatever the object uses', () => {
  const cost = monthlyCost(counted({ activeMs: 1000 }), 1, 30 * 86_400_000);
  expect(cost.find(({ name }) => name === 'gigabyteSeconds')?.perMonth).toBeCloseTo(0.128);
});

test('what was counted before the window is not in the bill', () => {
  const before = counted({ rowsRead: 5, activeMs: 3 });
  const after = counted({
    rowsRead: 7,
    activeMs: 10,
    requests: { ...before.requests, alarms: 4 },
  });
  expect(difference(after, before)).toMatchObject({ rowsRead: 2, activeMs: 7, requests: { alarms: 4 } });
});
