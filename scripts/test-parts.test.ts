import { describe, expect, test } from 'vitest';
import projects from '../vitest.workspace.ts';
import { chooseParts, LANES } from './test-parts.ts';

const lanes = [
  [{ name: 'unit' }, { name: 'process' }],
  [{ name: 'e2e' }],
  [{ name: 'search', program: 'search.ts' }],
];
const chosen = (...args: string[]) =>
  chooseParts(args, lanes).lanes.map((lane) => lane.map(({ name }) => name));

test('every project of vitest is in one lane', () => {
  const inLanes = LANES.flat().filter(({ program }) => program === undefined);
  expect(inLanes.map(({ name }) => name).toSorted()).toEqual(
    projects.map(({ test: { name } = {} }) => name).toSorted(),
  );
});

describe('of the parts', () => {
  test('all are chosen when nothing is said', () => {
    expect(chosen()).toEqual([['unit', 'process'], ['e2e'], ['search']]);
  });

  test('those are chosen that are named, with or without an equals sign, in the order of their lane', () => {
    expect(chosen('--project', 'process', '--project=unit')).toEqual([['unit', 'process']]);
    expect(chosen('--project', 'search')).toEqual([['search']]);
  });

  test('only tests are chosen when some of them are asked for', () => {
    expect(chosen('machine/')).toEqual([['unit', 'process'], ['e2e']]);
  });
});

test('what is not ours is for vitest', () => {
  const { vitestArguments } = chooseParts(
    ['machine/', '--project', 'unit', '-t', 'climbs', '--project=e2e'],
    lanes,
  );
  expect(vitestArguments).toEqual(['machine/', '-t', 'climbs']);
});

test('names that do not exist are told', () => {
  expect(chooseParts(['--project', 'untis', '--project'], lanes).unknown).toEqual(['untis', '']);
});
