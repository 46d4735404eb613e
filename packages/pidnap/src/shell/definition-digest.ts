import type { ProcessDefinition } from '../contract/definition.ts';
import { fingerprint } from '../core/fingerprint.ts';

/** Fingerprint of a definition, independent of the order of its fields. */
export function definitionDigest(definition: ProcessDefinition): string {
  return fingerprint(canonicalJson(definition));
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
