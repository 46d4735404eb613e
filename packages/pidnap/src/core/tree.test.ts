import { describe, expect, it } from 'vitest';
import { treeMembers, type TreeRow } from './tree.ts';

const row = (pid: number, change: Partial<TreeRow> = {}): TreeRow => ({
  pid,
  parent: 1,
  group: pid,
  session: pid,
  zombie: false,
  ...change,
});
const find = (rows: TreeRow[], marked: number[] = [], foreign: number[] = [1]): number[] =>
  treeMembers(rows, {
    leader: 100,
    marked: ({ pid }) => marked.includes(pid),
    foreign: ({ pid }) => foreign.includes(pid),
  }).toSorted((a, b) => a - b);

describe('treeMembers', () => {
  it.each([
    ['the leader', [row(100)], [100]],
    ['its group', [row(100), row(101, { group: 100 })], [100, 101]],
    ['its session', [row(100), row(101, { session: 100 })], [100, 101]],
    ['its children, whatever group they made', [row(100), row(101, { parent: 100 })], [100, 101]],
    [
      'children of children',
      [row(100), row(101, { parent: 100 }), row(102, { parent: 101 })],
      [100, 101, 102],
    ],
    ['what is left of the group when the leader is gone', [row(101, { group: 100 })], [101]],
    ['nobody when nobody is left', [row(1), row(50)], []],
    ['not the zombies', [row(100, { zombie: true }), row(101, { group: 100, zombie: true })], []],
    ['the children of a zombie', [row(100, { zombie: true }), row(101, { parent: 100 })], [101]],
    ['nobody who only shares a parent', [row(100, { parent: 7 }), row(101, { parent: 7 })], [100]],
  ])('takes %s', (_what, rows, expected) => {
    expect(find(rows)).toEqual(expected);
  });

  it('takes an orphan in a session of its own by its mark, with its children', () => {
    expect(find([row(100), row(200), row(201, { parent: 200 })], [200])).toEqual([100, 200, 201]);
  });

  it('takes nothing that belongs to somebody else, even where a number came round again', () => {
    expect(find([row(100), row(101, { group: 100 })], [], [1, 101])).toEqual([100]);
  });

  it('takes everybody once', () => {
    expect(find([row(100), row(101, { group: 100, session: 100, parent: 100 })], [100, 101])).toEqual([
      100, 101,
    ]);
  });

  it('ends where parents form a circle', () => {
    expect(find([row(100, { parent: 101 }), row(101, { parent: 100 })])).toEqual([100, 101]);
  });
});
