import { expect, test } from 'vitest';
import { readDocstrings } from './docstrings.ts';

const SOURCE = `/** A dog. */
export const Dog = v.object({
  /**
   * What it
   * answers to.
   */
  name: v.string(),
  age: v.number(),
  home: v.optional(
    v.object({
      /** Where it sleeps. */
      street: v.string(),
    }),
  ),
});
export const Cat = v.object({ name: v.string() });
`;

test('schemas and their fields are told by their docstrings, and nothing else is', () => {
  expect([...readDocstrings([SOURCE])]).toEqual([
    ['Dog', 'A dog.'],
    ['Dog.name', 'What it answers to.'],
    ['Dog.home.street', 'Where it sleeps.'],
  ]);
});
