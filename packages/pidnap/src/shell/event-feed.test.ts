import { expect, it } from 'vitest';
import type { PidnapEvent } from '../contract/process.ts';
import { EventFeed, type NewChange } from './event-feed.ts';

const feedWith = (processes: string[] = []): EventFeed =>
  new EventFeed('boot-1', () => processes.map((name) => ({ name }) as never));
const change = (name: string) => (): NewChange =>
  ({ type: 'state', at: 0, name, from: 'pending', to: 'starting', durationMs: 0, process: {} }) as never;
/** What a subscriber has read once the feed is closed. */
const all = async (events: AsyncIterable<PidnapEvent>): Promise<PidnapEvent[]> => {
  const read: PidnapEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
};

it('begins with everything as it is, and goes on with every change in order', async () => {
  const feed = feedWith(['web']);
  feed.publish(change('before'));
  const reading = all(feed.subscribe(undefined));
  feed.publish(change('a'));
  feed.publish(change('b'));
  feed.close();
  expect(await reading).toMatchObject([
    { type: 'snapshot', seq: 1, bootId: 'boot-1', processes: [{ name: 'web' }] },
    { type: 'state', seq: 2, name: 'a' },
    { type: 'state', seq: 3, name: 'b' },
  ]);
});

it('gives a reader who is too slow a new snapshot, and after it only what is newer', async () => {
  const feed = feedWith();
  const events = feed.subscribe(undefined);
  expect((await events.next()).value).toMatchObject({ type: 'snapshot', seq: 0 });
  for (let index = 1; index <= 5000; index++) feed.publish(change(`change-${index}`));
  feed.close();
  const rest = await all(events);
  const [first, ...later] = rest.slice(rest.findIndex(({ type }) => type === 'snapshot'));
  expect(first?.type).toBe('snapshot');
  expect(rest.length).toBeLessThan(2000);
  // Everything up to the snapshot's number is part of it; from there on nothing is missing.
  expect(later.map(({ seq }) => seq)).toEqual(later.map((_, index) => (first?.seq ?? 0) + 1 + index));
  expect(rest.at(-1)?.seq).toBe(5000);
});

it('makes a change only for those who read, and calls back without any', () => {
  const feed = feedWith();
  let [made, told] = [0, 0];
  const make = (): NewChange => {
    made += 1;
    return change('a')();
  };
  const forget = feed.onChange(() => (told += 1));
  feed.publish(make);
  forget();
  feed.publish(make);
  expect([made, told]).toEqual([0, 1]);
});

it('ends with the signal of its reader', async () => {
  const feed = feedWith();
  const ending = new AbortController();
  const reading = all(feed.subscribe(ending.signal));
  feed.publish(change('a'));
  ending.abort();
  feed.publish(change('b'));
  expect((await reading).filter((event) => event.type === 'state' && event.name === 'b')).toEqual([]);
});
