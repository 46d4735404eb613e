import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunMark } from './run-mark.ts';
import { claimOf, collectTree, type Tree, type TreeRow } from './tree.ts';

const MARK: RunMark = { instanceId: 'i', name: 'web', run: 3 };
const OLDER: RunMark = { ...MARK, run: 2 };
const OTHER: RunMark = { ...MARK, name: 'db' };
const INNER: RunMark = { instanceId: 'inner', name: 'web', run: 1 };

const row = (pid: number, change: Partial<TreeRow> = {}): TreeRow => ({
  pid,
  parent: 1,
  group: pid,
  session: pid,
  zombie: false,
  startTicks: 1000,
  ...change,
});
const tree = (change: Partial<Tree> = {}): Tree => ({
  leader: 100,
  startTicks: 900,
  mark: MARK,
  seen: new Map(),
  ownsNumber: () => true,
  ...change,
});

describe('claimOf', () => {
  it.each<[string, TreeRow, RunMark[], Partial<Tree>, string]>([
    ['the leader', row(100, { startTicks: 900 }), [], {}, 'ours'],
    ['the leader, whatever mark its environment has', row(100, { startTicks: 900 }), [OTHER], {}, 'ours'],
    ['somebody with the leader’s number who came later', row(100), [], { ownsNumber: () => false }, 'open'],
    ['its group', row(101, { group: 100 }), [], {}, 'ours'],
    ['its session', row(101, { session: 100 }), [], {}, 'ours'],
    [
      'a group whose number came round again',
      row(101, { group: 100 }),
      [],
      { ownsNumber: () => false },
      'open',
    ],
    ['the mark of the run, wherever it is', row(300), [MARK], { ownsNumber: () => false }, 'ours'],
    ['the mark of the run behind that of an inner pidnap', row(300), [INNER, MARK], {}, 'ours'],
    ['an older run', row(101, { group: 100 }), [OLDER], {}, 'foreign'],
    ['another process of this pidnap', row(101, { session: 100 }), [OTHER], {}, 'foreign'],
    ['an inner pidnap’s process, by descent', row(300), [INNER], {}, 'open'],
    ['an inner pidnap’s process of another tree', row(300), [INNER, OTHER], {}, 'foreign'],
    ['somebody without a mark', row(300), [], {}, 'open'],
    ['somebody older than the leader', row(101, { group: 100, startTicks: 899 }), [MARK], {}, 'foreign'],
    ['who was seen before, whatever it changed', row(300), [], { seen: new Map([[300, 1000]]) }, 'ours'],
    ['a seen number that came round again', row(300), [], { seen: new Map([[300, 999]]) }, 'open'],
  ])('says of %s what it is', (_what, process, marks, change, expected) => {
    expect(claimOf(process, tree(change), () => marks)).toBe(expected);
  });

  it('reads no environment when the number and the start decide', () => {
    const never = (): never => {
      throw new Error('was read');
    };
    expect(claimOf(row(100, { startTicks: 900 }), tree(), never)).toBe('ours');
    expect(claimOf(row(7, { startTicks: 5 }), tree(), never)).toBe('foreign');
  });
});

describe('collectTree', () => {
  const collect = (rows: TreeRow[], marks = new Map<number, RunMark[]>()): number[] => {
    const claim = (one: TreeRow) => claimOf(one, tree(), () => marks.get(one.pid) ?? []);
    return collectTree(
      rows.filter((one) => claim(one) === 'ours'),
      { claim, childrenOf: ({ pid }) => rows.filter(({ parent }) => parent === pid) },
    ).map(({ pid }) => pid);
  };
  const leader = row(100, { startTicks: 900 });

  it.each<[string, TreeRow[], number[]]>([
    ['children, whatever group they made', [leader, row(101, { parent: 100 })], [100, 101]],
    [
      'children of children, after their parents',
      [row(102, { parent: 101 }), row(101, { parent: 100 }), leader],
      [100, 101, 102],
    ],
    ['what is left of the group when the leader is gone', [row(101, { group: 100 })], [101]],
    ['nobody when nobody is left', [row(1), row(50)], []],
    [
      'nobody who only shares a parent',
      [row(100, { parent: 7, startTicks: 900 }), row(101, { parent: 7 })],
      [100],
    ],
    ['everybody once', [leader, row(101, { group: 100, session: 100, parent: 100 })], [100, 101]],
    [
      'nobody twice where parents form a circle',
      [row(100, { parent: 101, startTicks: 900 }), row(101, { parent: 100 })],
      [100, 101],
    ],
  ])('takes %s', (_what, rows, expected) => {
    expect(collect(rows)).toEqual(expected);
  });

  it('takes an orphan by its mark, with its children, and the processes of an inner pidnap', () => {
    const rows = [leader, row(200), row(201, { parent: 200 }), row(202, { parent: 201 })];
    expect(
      collect(
        rows,
        new Map([
          [200, [MARK]],
          [201, [INNER]],
        ]),
      ),
    ).toEqual([100, 200, 201, 202]);
  });

  it('takes neither what is foreign nor what descends from it', () => {
    const rows = [leader, row(101, { parent: 100 }), row(102, { parent: 101 })];
    expect(collect(rows, new Map([[101, [OTHER]]]))).toEqual([100]);
  });

  it('takes the same by walking from the roots as by looking at everybody', () => {
    fc.assert(
      fc.property(anyForest(), ({ rows, marks }) => {
        const claim = (one: TreeRow) => claimOf(one, tree(), () => marks.get(one.pid) ?? []);
        const childrenOf = ({ pid }: TreeRow) => rows.filter(({ parent }) => parent === pid);
        // What the kernel promises: an orphan is a child of an ancestor (here 1), the leader one of pidnap (here 2).
        const roots = rows.filter((one) => one.parent <= 2 && claim(one) === 'ours');
        const walked = collectTree(roots, { claim, childrenOf }).map(({ pid }) => pid);
        expect(walked.toSorted()).toEqual(collect(rows, marks).toSorted());
        for (const pid of walked) {
          const member = rows.find((one) => one.pid === pid);
          expect(member && claim(member)).not.toBe('foreign');
        }
      }),
    );
  });
});

/**
 * Processes as forks, `setsid`, `setpgid` and the death of parents leave them: children begin in the group and session
 * and with the environment of their parent, which they may clear; the children of the dead are children of process 1.
 * Beside the tree there are that of another process of the same pidnap, and somebody without a mark.
 */
function anyForest(): fc.Arbitrary<{ rows: TreeRow[]; marks: Map<number, RunMark[]> }> {
  const child = fc.record({
    parent: fc.nat(),
    joins: fc.constantFrom('its parent', 'a group of its own', 'a session of its own'),
    environment: fc.constantFrom('inherited', 'inherited', 'inherited', 'cleared', 'of an inner pidnap'),
    dies: fc.boolean(),
  });
  return fc
    .record({ leaderDies: fc.boolean(), children: fc.array(child, { maxLength: 12 }) })
    .map(({ leaderDies, children }) => {
      const rows = [
        row(100, { parent: 2, startTicks: 900 }),
        row(60, { parent: 2, startTicks: 950 }),
        row(50, { startTicks: 10 }),
      ];
      const marks = new Map<number, RunMark[]>([
        [100, [MARK]],
        [60, [OTHER]],
      ]);
      const dead = new Set<number>(leaderDies ? [100] : []);
      for (const [index, { parent: choice, joins, environment, dies }] of children.entries()) {
        const parent = rows[choice % rows.length] ?? row(1);
        const inherited = marks.get(parent.pid) ?? [];
        const pid = 101 + index;
        const session = joins === 'a session of its own' ? pid : parent.session;
        const group = joins === 'its parent' ? parent.group : pid;
        rows.push(row(pid, { parent: parent.pid, session, group, startTicks: 951 + index }));
        if (environment === 'cleared') marks.set(pid, []);
        else marks.set(pid, environment === 'inherited' ? inherited : [INNER, ...inherited]);
        if (dies) dead.add(pid);
      }
      const living = rows.filter(({ pid }) => !dead.has(pid));
      return { rows: living.map((one) => (dead.has(one.parent) ? { ...one, parent: 1 } : one)), marks };
    });
}
