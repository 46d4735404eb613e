import type { ProcessDefinition } from '../contract/definition.ts';
import { fingerprint } from '../core/fingerprint.ts';

const known = new WeakMap<ProcessDefinition, string>();

/** Fingerprint of a definition, independent of the order of its fields. A definition is never changed, only replaced. */
export function definitionDigest(definition: ProcessDefinition): string {
  const digest = known.get(definition) ?? fingerprint(canonicalJson(definition));
  known.set(definition, digest);
  return digest;
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
