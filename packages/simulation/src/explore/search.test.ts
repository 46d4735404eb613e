import { describe, expect, test } from 'vitest';
import { search, SETTLES, type Step, type System } from './search.ts';
import { REST_BITS } from './state-index.ts';

type Place = { at: string; left: number };

/** A system of places and ways between them; `!` in front of a target breaks a promise, `?` costs one of what is left. */
function system(ways: Record<string, string[]>, settled: string[], left = 0): System<Place> {
  const steps = ({ at, left: rest }: Place): Step<Place>[] =>
    (ways[at] ?? []).flatMap((target): Step<Place>[] => {
      const what = `${at} to ${target}`;
      if (target.startsWith('!'))
        return [{ what, fault: false, violation: { promise: target, message: 'broken' } }];
      if (!target.startsWith('?')) return [{ what, fault: false, next: { at: target, left: rest } }];
      return rest === 0 ? [] : [{ what, fault: true, next: { at: target.slice(1), left: rest - 1 } }];
    });
  return {
    initial: { at: 'a', left },
    steps,
    digest: ({ at }) => ({ high: 0, low: at.charCodeAt(0) }),
    left: (place) => place.left,
    isSettled: ({ at }) => settled.includes(at),
  };
}

const MANY = { mostStates: 1000 };

describe('a search', () => {
  test('that finds nothing has seen every state and every step', () => {
    const found = search(system({ a: ['b', 'c'], b: ['d'], c: ['d'], d: ['a'] }, ['d']), MANY);
    expect(found).toMatchObject({
      states: 4,
      transitions: 5,
      depth: 2,
      settled: 1,
      result: { kind: 'holds' },
    });
  });

  test('tells the shortest way to a broken promise', () => {
    const ways = { a: ['b', 'c'], b: ['d'], d: ['e'], e: ['!far'], c: ['a', '!near'] };
    const { result } = search(system(ways, ['a']), MANY);
    expect(result).toEqual({
      kind: 'violated',
      violation: { promise: '!near', message: 'broken' },
      way: [1, 1],
    });
  });

  test('tells a place that nothing settles from any more', () => {
    const { result } = search(system({ a: ['b', 'c'], b: ['a'], c: ['d'], d: ['c'] }, ['b']), MANY);
    expect(result).toMatchObject({ kind: 'violated', violation: { promise: SETTLES }, way: [1] });
  });

  test('does not count on a fault to settle', () => {
    const { result } = search(system({ a: ['b'], b: ['?c'], c: [] }, ['c'], 1), MANY);
    expect(result).toMatchObject({ kind: 'violated', violation: { promise: SETTLES }, way: [] });
  });

  test('proves nothing beyond the states that it may have', () => {
    const { result } = search(system({ a: ['b'], b: ['c'], c: [] }, ['c']), { mostStates: 2 });
    expect(result).toEqual({ kind: 'too-many' });
  });

  test('does not look again at a state with less left', () => {
    const ways = { a: ['b', '?b'], b: ['?c', 'a'], c: ['a'] };
    const { states } = search(system(ways, ['a'], 2), MANY);
    // a, b and c once with all that they can have left; c with 1 leads back to a with 1, which is known with 2.
    expect(states).toBe(3);
  });

  test('looks again at a state with more of something left', () => {
    const packed = (one: number, other: number) => (one << REST_BITS) | other;
    const places: Record<string, Place[]> = {
      a: [
        { at: 'b', left: packed(1, 0) },
        { at: 'b', left: packed(0, 1) },
      ],
    };
    const { states } = search(
      {
        ...system({}, ['b']),
        steps: ({ at }) => (places[at] ?? []).map((next) => ({ what: 'goes', fault: true, next })),
        isSettled: () => true,
      },
      MANY,
    );
    expect(states).toBe(3);
  });
});
