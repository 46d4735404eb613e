// Inputs that are nearly right: where checks are forgotten.
import * as fc from 'fast-check';
import { CANARY_VALUE, hostileText, hostileValue } from './hostile.ts';

type Change = {
  where: number;
  how: 'replace' | 'remove' | 'add' | 'poison' | 'canary';
  with: unknown;
  name: string;
};

const change: fc.Arbitrary<Change> = fc.record({
  where: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add', 'poison', 'canary'),
  with: hostileValue,
  name: hostileText,
});

/** A JSON value with up to three of its parts changed, removed or added; sometimes it is left as it is. */
export function mutated(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(value, fc.array(change, { maxLength: 3 }))
    .map(([whole, changes]) => changes.reduce(apply, structuredClone(whole)));
}

function apply(whole: unknown, { where, how, with: value, name }: Change): unknown {
  // A value that is put in twice must not hold itself.
  const put = structuredClone(value);
  const places = placesIn(whole);
  const place = places[where % Math.max(1, places.length)];
  if (place === undefined) return put;
  const { holder, key } = place;
  if (how === 'remove' && !Array.isArray(holder)) delete holder[key];
  else if (how === 'add') define(holder, name, put);
  else if (how === 'poison') define(holder, '__proto__', { polluted: true });
  else define(holder, key, how === 'canary' ? CANARY_VALUE : put);
  return whole;
}

/** An own property, whatever its name. */
function define(holder: Record<string, unknown>, name: string, value: unknown): void {
  // No JSON makes a list of another length.
  if (Array.isArray(holder) && name === 'length') return;
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Every place within a value where something else could be. */
function placesIn(value: unknown): { holder: Record<string, unknown>; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

/** Whether something that was sent has got into the prototype of everything. */
export function isPolluted(): boolean {
  return 'polluted' in {};
}
