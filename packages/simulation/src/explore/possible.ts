import type { Budget, World } from './small-world.ts';

/** Something that can happen next, and what it is paid for from, if at all. */
export type Possible = { what: string; costs?: keyof Budget; then: () => World };
