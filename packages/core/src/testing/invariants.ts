/** What must hold after every step of a machine's life, whatever happens. */
import { RECOVERY } from './invariants/recovery.ts';
import type { Invariant, Step } from './invariants/step.ts';
import { VERSIONS } from './invariants/versions.ts';
import { WATCHING } from './invariants/watching.ts';

export type { Step } from './invariants/step.ts';

export const INVARIANTS = { ...WATCHING, ...RECOVERY, ...VERSIONS } satisfies Record<string, Invariant>;

const ALL: [name: string, holds: Invariant][] = Object.entries(INVARIANTS);

/** Throws a sentence when a step breaks an invariant. */
export function checkInvariants(step: Step): void {
  for (const [name, holds] of ALL) {
    const wrong = holds(step);
    if (wrong !== null) throw new Error(`${name}: ${wrong} (after ${JSON.stringify(step.event)})`);
  }
}
