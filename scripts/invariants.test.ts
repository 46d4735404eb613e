import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readInvariants, rowFaults } from './invariants.ts';

const root = path.resolve(import.meta.dirname, '..');
const numbered = (letter: string, most: number): string[] =>
  Array.from({ length: most }, (_, index) => `${letter}${index + 1}`);
const ALL = [
  ...numbered('M', 11),
  ...numbered('P', 8),
  ...numbered('V', 4),
  ...numbered('E', 2),
  ...numbered('H', 5),
  ...numbered('D', 4),
  ...numbered('T', 3),
  ...numbered('A', 3),
  ...numbered('B', 2),
  ...numbered('S', 4),
];

describe('docs/invariants.md', () => {
  const rows = readInvariants(readFileSync(path.join(root, 'docs/invariants.md'), 'utf8'));

  it('lists all forty-six, in order', () => {
    expect(ALL).toHaveLength(46);
    expect(rows.map((row) => row.id)).toEqual(ALL);
  });

  it.each(rows)('$id is kept where it says, by a test that exists', (row) => {
    expect(rowFaults(row, root)).toEqual([]);
  });
});

describe('a row', () => {
  const row = (line: string) => readInvariants(line)[0];

  it('names its places and its tests', () => {
    expect(row('| **M1** | Words | `a.ts`, `b.ts` | `c.test.ts` “holds” |')).toEqual({
      id: 'M1',
      enforcedIn: ['a.ts', 'b.ts'],
      tests: [{ file: 'c.test.ts', title: 'holds' }],
      open: false,
    });
  });

  it('is wrong when what it names is not there', () => {
    const wrong = row('| **M1** | Words | `no-such.ts` | `scripts/test-totals.test.ts` “no such test” |');
    expect(wrong && rowFaults(wrong, root)).toEqual([
      'M1: there is no no-such.ts',
      'M1: scripts/test-totals.test.ts has no test “no such test”',
    ]);
  });

  it('may be open, and must otherwise name a place and a test', () => {
    const open = row('| **A1** | Words | - | open: `tasks/alerts.md` |');
    expect(open && rowFaults(open, root)).toEqual([]);
    const bare = row('| **A1** | Words | - | - |');
    expect(bare && rowFaults(bare, root)).toHaveLength(2);
  });
});
