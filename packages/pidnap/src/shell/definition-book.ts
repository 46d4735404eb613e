import type { PidnapConfig } from '../contract/config.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import {
  effectiveDefinitions,
  standingOverrides,
  type EffectiveDefinition,
  type Override,
} from '../core/overlay.ts';
import { definitionDigest } from './definition-digest.ts';
import type { Change } from './state-store.ts';

/** Which definitions hold: those of the config file, and over them what came through the API, kept on disk. */
export class DefinitionBook {
  #config: PidnapConfig;
  #baseDigests: Readonly<Record<string, string>>;
  #overrides: Record<string, Override>;
  readonly #fallen: readonly Change[];

  constructor(config: PidnapConfig, overrides: Readonly<Record<string, Override>>) {
    this.#config = config;
    this.#baseDigests = digests(config);
    this.#overrides = { ...overrides };
    this.#fallen = this.#dropFallen();
  }

  get config(): PidnapConfig {
    return this.#config;
  }

  /** What is to be written about overrides that the config file of this start has won over. */
  fallen(): readonly Change[] {
    return this.#fallen;
  }

  effective(): Record<string, EffectiveDefinition> {
    return effectiveDefinitions(this.#config.processes, this.#overrides);
  }

  /** What would hold under another config file: it wins over what was said about its older text. */
  effectiveUnder(config: PidnapConfig): Record<string, EffectiveDefinition> {
    return effectiveDefinitions(config.processes, standingOverrides(this.#overrides, digests(config)));
  }

  /** Goes over to another config file. What it gives back is to be written. */
  rebase(config: PidnapConfig): Change[] {
    this.#config = config;
    this.#baseDigests = digests(config);
    return this.#dropFallen();
  }

  /** Sets a definition through the API; null: removed. What it gives back is to be written. */
  override(name: string, definition: ProcessDefinition | null): Change {
    const baseDigest = this.#baseDigests[name] ?? null;
    const value = definition === null && baseDigest === null ? null : { baseDigest, definition };
    if (value) this.#overrides[name] = value;
    else delete this.#overrides[name];
    return { override: name, value };
  }

  /** Leaves out what was said about an older text of the config file. */
  #dropFallen(): Change[] {
    const standing = standingOverrides(this.#overrides, this.#baseDigests);
    const fallen = Object.keys(this.#overrides).filter((name) => !Object.hasOwn(standing, name));
    this.#overrides = standing;
    return fallen.map((name) => ({ override: name, value: null }));
  }
}

function digests({ processes }: PidnapConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(processes).map(([name, definition]) => [name, definitionDigest(definition)]),
  );
}
