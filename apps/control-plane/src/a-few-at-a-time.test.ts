import { expect, test } from 'vitest';
import { aFewAtATime } from './a-few-at-a-time.ts';

const ITEMS = Array.from({ length: 50 }, (_, number) => number);

test('results come in the order of the items, whatever finished first', async () => {
  const turns = (item: number) => (item % 2 === 0 ? Promise.resolve() : Promise.resolve().then(() => {}));
  expect(await aFewAtATime(ITEMS, (item) => turns(item).then(() => item * 2))).toEqual(
    ITEMS.map((item) => item * 2),
  );
});

test('never more than six are under way', async () => {
  let underWay = 0;
  let most = 0;
  await aFewAtATime(ITEMS, async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
  });
  expect(most).toBe(6);
});

test('five that are silent hold up nobody', async () => {
  const silent = Promise.withResolvers<void>();
  const done: number[] = [];
  await aFewAtATime(ITEMS, async (item) => {
    if (item < 5) return silent.promise;
    done.push(item);
    // Without this the rest would wait for ever.
    if (done.length === ITEMS.length - 5) silent.resolve();
  });
  expect(done).toEqual(ITEMS.slice(5));
});

test('nothing to do is done at once', async () => {
  expect(await aFewAtATime([], () => Promise.reject(new Error('nobody was to be asked')))).toEqual([]);
});
