import { describe, expect, test } from 'vitest';
import { CONFIGURATIONS } from './configurations.ts';
import { tellWay } from './retrace.ts';
import { search } from './search.ts';
import { NOTHING, type Budget, type Configuration } from './small-world.ts';
import { systemOf } from './system.ts';

const MANY = { mostStates: 20_000 };

function named(name: string, budget: Partial<Budget>): Configuration {
  const found = CONFIGURATIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return { ...found, budget: { ...NOTHING, ...budget } };
}

describe('without anything that is lost', () => {
  test.each(CONFIGURATIONS.map(({ name }) => name))('%s holds', (name) => {
    const configuration = named(name, { sicknesses: 1 });
    expect(search(systemOf(configuration), MANY).result).toEqual({ kind: 'holds' });
  });
});

test('names are used once', () => {
  expect(new Set(CONFIGURATIONS.map(({ name }) => name)).size).toBe(CONFIGURATIONS.length);
});

test('a broken promise is told as a story', () => {
  const system = systemOf(named('words', { sicknesses: 1 }));
  const { result } = search({ ...system, isSettled: () => false }, MANY);
  if (result.kind !== 'violated') throw new Error('Nothing was found');
  expect(tellWay(system, result.way)).toEqual([]);
  const steps = [system.steps(system.initial).findIndex((step) => step.what.includes('sick'))];
  expect(tellWay(system, steps)).toMatchObject([
    { at: 0, what: 'demo.web.1 is sick: service', changed: [expect.stringContaining('sound -> service')] },
  ]);
});
