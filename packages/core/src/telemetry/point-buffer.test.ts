import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  holdPoint,
  newPointBuffer,
  settleBatch,
  takeBatch,
  type BatchOutcome,
  type BufferBounds,
  type PointBody,
  type PointBuffer,
} from './point-buffer.ts';

const T0 = 1_000_000;
const BOUNDS: BufferBounds = { capacity: 10, maxBatch: 4, maxAgeMs: 1000 };

function body(name: string): PointBody {
  return {
    kind: 'process',
    name,
    state: 'running',
    previousState: null,
    durationMs: 0,
    restarts: 0,
    exitCode: null,
    signal: null,
  };
}

/** A buffer with points number 1 to `count`. */
function holding(count: number, bounds = BOUNDS): PointBuffer<null> {
  let buffer = newPointBuffer<null>(bounds);
  for (let i = 0; i < count; i++)
    buffer = holdPoint(buffer, { body: body('web'), mark: null, measuredAt: T0 + i }, bounds);
  return buffer;
}

const numbers = (points: readonly { seq: number }[]) => points.map(({ seq }) => seq);
const ANSWERED: BatchOutcome = { kind: 'answered', sendAgain: [] };

test('points go out in order, so many at once', () => {
  const taken = takeBatch(holding(6), T0, BOUNDS);
  expect(numbers(taken.underWay)).toEqual([1, 2, 3, 4]);
  const { buffer, done } = settleBatch(taken, ANSWERED, BOUNDS);
  expect(numbers(done)).toEqual([1, 2, 3, 4]);
  expect(numbers(takeBatch(buffer, T0, BOUNDS).underWay)).toEqual([5, 6]);
});

test('no second batch goes out before the first is answered', () => {
  const taken = takeBatch(holding(6), T0, BOUNDS);
  expect(takeBatch(taken, T0, BOUNDS)).toBe(taken);
});

test('a lost answer sends the same points under the same numbers', () => {
  const taken = takeBatch(holding(3), T0, BOUNDS);
  const { buffer, done } = settleBatch(taken, { kind: 'unknown' }, BOUNDS);
  expect(done).toEqual([]);
  expect(takeBatch(buffer, T0, BOUNDS).underWay).toEqual(taken.underWay);
});

test('points that one call had no room for go first in the next', () => {
  const taken = takeBatch(holding(6), T0, BOUNDS);
  const { buffer, done } = settleBatch(taken, { kind: 'answered', sendAgain: [3, 4] }, BOUNDS);
  expect(numbers(done)).toEqual([1, 2]);
  expect(numbers(takeBatch(buffer, T0, BOUNDS).underWay)).toEqual([3, 4, 5, 6]);
});

describe('a full buffer', () => {
  test('drops its oldest, and the next one tells how many', () => {
    const buffer = holding(13);
    expect(numbers(buffer.waiting)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(buffer.waiting.map(({ droppedBefore }) => droppedBefore)).toEqual([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('never drops what is under way: that may have arrived', () => {
    let buffer = takeBatch(holding(10), T0, BOUNDS);
    buffer = holdPoint(buffer, { body: body('web'), mark: null, measuredAt: T0 }, BOUNDS);
    expect(numbers(buffer.underWay)).toEqual([1, 2, 3, 4]);
    expect(buffer.waiting[0]).toMatchObject({ seq: 6, droppedBefore: 1 });
  });

  test('with nothing but points under way drops the new one, for the one after it to tell', () => {
    const bounds = { ...BOUNDS, capacity: 2 };
    let buffer = takeBatch(holding(2, bounds), T0, bounds);
    buffer = holdPoint(buffer, { body: body('web'), mark: null, measuredAt: T0 }, bounds);
    expect(buffer).toMatchObject({ waiting: [], droppedAtEnd: 1 });
    buffer = settleBatch(buffer, ANSWERED, bounds).buffer;
    buffer = holdPoint(buffer, { body: body('web'), mark: null, measuredAt: T0 }, bounds);
    expect(buffer.waiting).toMatchObject([{ seq: 4, droppedBefore: 1 }]);
  });
});

test('points that are too old are dropped and counted when they would be sent', () => {
  const buffer = takeBatch(holding(4), T0 + BOUNDS.maxAgeMs + 2, BOUNDS);
  expect(buffer.underWay).toMatchObject([
    { seq: 3, droppedBefore: 2 },
    { seq: 4, droppedBefore: 0 },
  ]);
});

describe('a batch that is refused as a whole', () => {
  test('is halved until the point that cannot be taken is alone, and that one is dropped', () => {
    const poison = 3;
    let buffer = holding(6);
    const tried: number[][] = [];
    const done: number[] = [];
    for (let call = 0; call < 12 && done.length < 5; call++) {
      buffer = takeBatch(buffer, T0, BOUNDS);
      const sent = numbers(buffer.underWay);
      tried.push(sent);
      const outcome: BatchOutcome = sent.includes(poison) ? { kind: 'unusable' } : ANSWERED;
      const settled = settleBatch(buffer, outcome, BOUNDS);
      buffer = settled.buffer;
      done.push(...numbers(settled.done));
    }
    expect(tried).toEqual([[1, 2, 3, 4], [1, 2], [3, 4, 5, 6], [3, 4], [3], [4], [5, 6]]);
    expect(done).toEqual([1, 2, 4, 5, 6]);
  });

  test('is counted by the point after it', () => {
    const taken = takeBatch({ ...holding(2), batchLimit: 1 }, T0, BOUNDS);
    const { buffer } = settleBatch(taken, { kind: 'unusable' }, BOUNDS);
    expect(buffer.waiting).toMatchObject([{ seq: 2, droppedBefore: 1 }]);
  });
});

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant('hold' as const) },
  { weight: 2, arbitrary: fc.constant('take' as const) },
  { weight: 2, arbitrary: fc.record({ again: fc.array(fc.nat(4), { maxLength: 3 }) }) },
  fc.constantFrom('unknown' as const, 'unusable' as const),
  fc.record({ passes: fc.nat(700) }),
);

test('whatever happens: order and bound are kept, and each point is sent or counted exactly once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.nat(6), (steps, extra) => {
      const bounds = { capacity: 3 + extra, maxBatch: 3, maxAgeMs: 1000 };
      let buffer = newPointBuffer<null>(bounds);
      let now = T0;
      let held = 0;
      const done: { seq: number; droppedBefore: number }[] = [];
      for (const one of [...steps, 'unknown' as const]) {
        if (one === 'hold') {
          held += 1;
          buffer = holdPoint(buffer, { body: body('web'), mark: null, measuredAt: now }, bounds);
        } else if (one === 'take') buffer = takeBatch(buffer, now, bounds);
        else if (typeof one === 'object' && 'passes' in one) now += one.passes;
        else {
          const sendAgain =
            typeof one === 'object' ? one.again.map((index) => buffer.underWay[index]?.seq ?? 0) : [];
          const outcome: BatchOutcome =
            typeof one === 'object' ? { kind: 'answered', sendAgain } : { kind: one };
          const settled = settleBatch(buffer, outcome, bounds);
          buffer = settled.buffer;
          done.push(...settled.done);
        }
        const all = numbers([...buffer.underWay, ...buffer.waiting]);
        expect(all).toEqual(all.toSorted((a, b) => a - b));
        expect(all.length).toBeLessThanOrEqual(bounds.capacity);
        expect(buffer.underWay.length).toBeLessThanOrEqual(bounds.maxBatch);
      }
      const there = [...done, ...buffer.underWay, ...buffer.waiting];
      expect(new Set(numbers(there)).size).toBe(there.length);
      const counted = there.reduce((sum, { droppedBefore }) => sum + droppedBefore, buffer.droppedAtEnd);
      expect(there.length + counted).toBe(held);
    }),
    { numRuns: 300 },
  );
});
