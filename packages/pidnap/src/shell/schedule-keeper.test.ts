import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ScheduleKeeper } from './schedule-keeper.ts';

const NOON = Date.UTC(2026, 0, 15, 12, 0, 0);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const HOURLY = { cron: '0 * * * *', timezone: 'UTC', overlap: 'skip' } as const;

let due: string[];
let keeper: ScheduleKeeper;
beforeEach(() => {
  vi.useFakeTimers({ now: NOON + 30 * MINUTE });
  due = [];
  keeper = new ScheduleKeeper(() => due.push(new Date(Date.now()).toISOString().slice(11, 19)));
});
afterEach(() => {
  keeper.close();
  vi.useRealTimers();
});

/** What computes times is loaded by then. */
async function follow(schedule: Parameters<ScheduleKeeper['follow']>[0]): Promise<void> {
  keeper.follow(schedule);
  await vi.dynamicImportSettled();
}

/** Somebody sets the clock; timers, which count on another one, do not notice. */
const setClock = (by: number): void => void vi.setSystemTime(Date.now() + by);

it('calls at each time, and knows the next one', async () => {
  await follow(HOURLY);
  expect(keeper.next).toBe(NOON + HOUR);
  vi.advanceTimersByTime(30 * MINUTE - 1);
  expect(due).toEqual([]);
  vi.advanceTimersByTime(2 * HOUR + 1);
  expect(due).toEqual(['13:00:00', '14:00:00', '15:00:00']);
  expect(keeper.next).toBe(NOON + 4 * HOUR);
});

it('waits for a time that is further away than a timer can count', async () => {
  await follow({ ...HOURLY, cron: '0 0 1 3 *' });
  vi.advanceTimersByTime(44 * 24 * HOUR);
  expect(due).toEqual([]);
  vi.advanceTimersByTime(24 * HOUR);
  expect(due).toEqual(['00:00:00']);
});

it('calls once, within a minute, when the clock was set forward over many times', async () => {
  await follow(HOURLY);
  setClock(5 * HOUR);
  vi.advanceTimersByTime(MINUTE);
  expect(due).toHaveLength(1);
  expect(keeper.next).toBe(NOON + 6 * HOUR);
});

it('calls again at the times that come again when the clock was set back', async () => {
  await follow(HOURLY);
  vi.advanceTimersByTime(30 * MINUTE);
  setClock(-2 * HOUR);
  vi.advanceTimersByTime(MINUTE);
  expect(keeper.next).toBe(NOON);
  vi.advanceTimersByTime(HOUR);
  expect(due).toEqual(['13:00:00', '12:00:00']);
});

it('does not call twice for one time when the clock goes back by seconds, as it does when it is kept right', async () => {
  await follow(HOURLY);
  vi.advanceTimersByTime(30 * MINUTE);
  setClock(-5 * SECOND);
  vi.advanceTimersByTime(10 * SECOND);
  expect(due).toEqual(['13:00:00']);
});

it('follows another schedule, or none, from the moment on', async () => {
  await follow(HOURLY);
  await follow({ ...HOURLY, cron: '45 * * * *' });
  vi.advanceTimersByTime(20 * MINUTE);
  await follow(undefined);
  expect(keeper.next).toBeNull();
  vi.advanceTimersByTime(5 * HOUR);
  expect(due).toEqual(['12:45:00']);
  expect(vi.getTimerCount()).toBe(0);
});
