import { describe, expect, test } from 'vitest';
import { readPages } from './read-pages.ts';

type Thing = { at: number; name: string };

/** As many things as asked for, `together` of them at each moment, from moment 1 on. */
function things(count: number, together: number): Thing[] {
  return Array.from({ length: count }, (_, index) => ({
    at: 1 + Math.floor(index / together),
    name: `thing ${index}`,
  }));
}

/** Answers pages as the control plane does, the newest first, and counts them. */
function listing(all: Thing[]) {
  const asked: (number | undefined)[] = [];
  const ask = ({ limit, before }: { limit: number; before?: number }): Promise<Thing[]> => {
    asked.push(before);
    const older = all.filter(({ at }) => before === undefined || at < before);
    return Promise.resolve(older.toReversed().slice(0, limit));
  };
  return { ask, asked };
}

describe('everything is read, once and in order', () => {
  test.each([
    [0, 1],
    [499, 1],
    [500, 1],
    [501, 1],
    [1700, 1],
    [1700, 3],
    [1001, 7],
  ])('%i things, %i of a moment', async (count, together) => {
    const all = things(count, together);
    expect(await readPages(listing(all).ask, 0)).toEqual(all);
  });
});

test('what is too old is left out, and not even asked for', async () => {
  const all = things(3000, 1);
  const { ask, asked } = listing(all);
  expect(await readPages(ask, 2800)).toEqual(all.slice(2799));
  expect(asked).toEqual([undefined]);
});

test('a listing that knows no pages is read as far as it goes', async () => {
  const all = things(800, 1);
  const { ask, asked } = listing(all);
  expect(await readPages(({ limit }) => ask({ limit }), 0)).toEqual(all.slice(300));
  expect(asked).toHaveLength(2);
});
