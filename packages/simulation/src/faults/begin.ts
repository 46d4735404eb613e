import type { World } from '../world/world.ts';
import type { Fault } from './fault.ts';
import type { PlatformState } from './platform-faults.ts';

/** Brings a fault over a world. What is returned ends it; `null` when it is over in a moment. */
export type Begin = (world: World, fault: Fault, state: PlatformState) => (() => void) | null;
