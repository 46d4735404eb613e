/** Decides which definitions hold: those of the config file, overlaid by what came through the API. */
import type { ProcessDefinition } from '../contract/definition.ts';

/** A definition that came through the API. It stands for as long as the config file says what it said then. */
export interface Override {
  /** Digest of the config file's definition that is overridden; null: the file had none by this name. */
  readonly baseDigest: string | null;
  /** Null: removed. */
  readonly definition: ProcessDefinition | null;
}

export interface EffectiveDefinition {
  readonly definition: ProcessDefinition;
  readonly source: 'config' | 'api';
}

/** The overrides that still stand: a changed config file wins over what was said about its older text. */
export function standingOverrides(
  overrides: Readonly<Record<string, Override>>,
  baseDigests: Readonly<Record<string, string>>,
): Record<string, Override> {
  return Object.fromEntries(
    Object.entries(overrides).filter(([name, { baseDigest }]) => (baseDigests[name] ?? null) === baseDigest),
  );
}

/** Every process that is to be known, in the order of the config file, added ones after it. */
export function effectiveDefinitions(
  base: Readonly<Record<string, ProcessDefinition>>,
  overrides: Readonly<Record<string, Override>>,
): Record<string, EffectiveDefinition> {
  const merged: Record<string, EffectiveDefinition> = {};
  for (const [name, definition] of Object.entries(base)) merged[name] = { definition, source: 'config' };
  for (const [name, { definition }] of Object.entries(overrides)) {
    if (definition) merged[name] = { definition, source: 'api' };
    else delete merged[name];
  }
  return merged;
}
