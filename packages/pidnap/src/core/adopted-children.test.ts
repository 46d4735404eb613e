import { describe, expect, it } from 'vitest';
import { splitChildren } from './adopted-children.ts';

describe('splitChildren', () => {
  it.each<[string, number[], number[], number[], number[]]>([
    ['everything at first', [], [1, 2], [], [1, 2]],
    ['nothing when nothing changed', [1, 2], [1, 2], [1, 2], []],
    ['what came', [1, 2], [1, 2, 3], [1, 2], [3]],
    ['nothing when some ended', [1, 2, 3, 4], [2, 4], [2, 4], []],
    ['what came while some ended', [1, 2, 3], [2, 5], [2], [5]],
    ['a number that came round again', [1, 2, 3], [2, 3, 1], [2, 3], [1]],
    ['everything from an entry on that the last read had missed', [1, 3], [1, 2, 3], [1], [2, 3]],
    ['nothing when nobody is left', [1, 2], [], [], []],
  ])('finds %s', (_what, before, now, known, fresh) => {
    expect(splitChildren(before, now)).toEqual({ known, fresh });
  });
});
