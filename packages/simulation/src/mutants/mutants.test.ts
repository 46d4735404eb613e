import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIGURATIONS } from '../explore/configurations.ts';
import { thirdOf } from '../third-of.ts';
import { controlsOf, inTurns } from './choose.ts';
import { inStates, inWorlds, mutate, type Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const packages = path.resolve(import.meta.dirname, '../../..');

const bug = (overrides: Partial<Mutant> = {}): Mutant => ({
  name: 'bug',
  file: 'core/src/a.ts',
  text: 'a < b',
  instead: 'a <= b',
  breaks: 'M1',
  hunt: inWorlds(10),
  ...overrides,
});

describe('a mutant', () => {
  test('replaces its text', () => {
    expect(mutate('if (a < b) return;', bug())).toBe('if (a <= b) return;');
  });

  test.each([
    ['is not there any more', 'if (a > b) return;', 'it is there 0 times'],
    ['is there twice', 'a < b && a < b', 'it is there 2 times'],
  ])('whose text %s is refused', (_what, source, message) => {
    expect(() => mutate(source, bug())).toThrow(message);
  });

  test('replaces by exactly what it says, whatever that means in a pattern', () => {
    expect(mutate('a < b', bug({ instead: '$& $1' }))).toBe('$& $1');
  });
});

describe('the mutants', () => {
  test('are at least thirty', () => expect(MUTANTS.length).toBeGreaterThanOrEqual(30));

  test('have a name each', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s fits the code', (_name, mutant) => {
    const source = readFileSync(path.join(packages, mutant.file), 'utf8');
    expect(mutate(source, mutant)).not.toBe(source);
    const { hunt } = mutant;
    if (hunt.by === 'explorer') expect(CONFIGURATIONS.map(({ name }) => name)).toContain(hunt.configuration);
  });
});

test('every mutant has its turn in one of three commits', () => {
  const turns = ['0000000', '0000001', '0000002'].map((commit) => thirdOf(MUTANTS, commit));
  expect(turns.flat().toSorted()).toHaveLength(MUTANTS.length);
  expect(new Set(turns.flat())).toEqual(new Set(MUTANTS));
});

test('every hunt is made in the code as it is, as far as the furthest of its kind', () => {
  const hunts = [inWorlds(10), inWorlds(30), inStates('a'), inStates('a'), inStates('b')];
  expect(controlsOf(hunts.map((hunt) => bug({ hunt }))).map((one) => one.hunt)).toEqual([
    inWorlds(30),
    inStates('a'),
    inStates('b'),
  ]);
});

test('jobs are run so many at a time, and answered in their order', async () => {
  let [now, most] = [0, 0];
  const results = await inTurns([1, 2, 3, 4, 5], 2, async (job) => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now -= 1;
    return job * 10;
  });
  expect(results).toEqual([10, 20, 30, 40, 50]);
  expect(most).toBe(2);
});
