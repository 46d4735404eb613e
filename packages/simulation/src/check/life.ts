/** What is remembered of one machine between its steps, beside what its object keeps. */
import type { VersionSet } from '@fettle/contract';
import type { Watched } from './machine-invariants.ts';
import type { Proofs } from './proofs.ts';

export type Life = Watched & {
  lastTransition: number;
  /** The versions that it was last seen with, and since when it is well with them, by true time. */
  baking: { versions: VersionSet | null; since: number | null };
  /** For which level of which incident evidence was asked for, as `3/2`: under which sequence, and after what. */
  evidenceFor: Map<string, { sequence: number; after: string }>;
  /** The action that asked for evidence last, and when, by true time. */
  evidenceAsked: { id: string; at: number } | null;
  /** It was asked to stop since it was given up. */
  stopAsked: boolean;
  /** What machines of all projects have proven. */
  proofs: Proofs;
};
