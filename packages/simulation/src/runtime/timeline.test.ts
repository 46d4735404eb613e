import { expect, it } from 'vitest';
import { Timeline } from './timeline.ts';

function recorder() {
  const timeline = new Timeline(1000);
  const happened: string[] = [];
  const plan = (at: number, name: string, priority = 0) =>
    timeline.schedule(at, (list: string[], what: string) => list.push(what), happened, name, priority);
  return { timeline, happened, plan };
}

it('lets things happen by time, then priority, then in the order of their scheduling', () => {
  const { timeline, happened, plan } = recorder();
  plan(1020, 'later');
  plan(1010, 'second');
  plan(1010, 'third');
  plan(1010, 'first', -1);
  timeline.runUntil(2000);
  expect(happened).toEqual(['first', 'second', 'third', 'later']);
  expect(timeline.now).toBe(2000);
});

it('never goes back: what is due in the past happens now', () => {
  const { timeline, happened, plan } = recorder();
  plan(5, 'overdue');
  expect(timeline.nextAt()).toBe(1000);
  timeline.advance();
  expect(happened).toEqual(['overdue']);
  expect(timeline.now).toBe(1000);
});

it('leaves out what was cancelled, also when it is next', () => {
  const { timeline, happened, plan } = recorder();
  timeline.cancel(plan(1010, 'cancelled'));
  plan(1020, 'kept');
  expect(timeline.nextAt()).toBe(1020);
  timeline.runUntil(1100);
  expect(happened).toEqual(['kept']);
  expect(timeline.nextAt()).toBeNull();
  expect(timeline.advance()).toBe(false);
});
