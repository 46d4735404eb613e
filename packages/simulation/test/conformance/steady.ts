import { Random } from '../../src/world/random.ts';
import { ON_TIME, runSimulated, type Chance } from './in-simulation.ts';
import type { Script } from './script.ts';
import { comparable } from './trace.ts';

/** How often a script is played with other delays. */
const SHAKES = 20;
/** Delays of alarms, timers and calls on a busy computer. */
const MOST_LATE_MS = 2000;

/** Whether the outcome of a script is the same however late alarms, timers and calls are, within limits. */
export function isSteady(script: Script): boolean {
  const outcome = outcomeOf(script, ON_TIME);
  return Array.from({ length: SHAKES }, (_, shake) => {
    const random = new Random(shake, 'shakes');
    return outcomeOf(script, { jitter: () => random.next(), lateMs: () => random.between(0, MOST_LATE_MS) });
  }).every((other) => other === outcome);
}

function outcomeOf(script: Script, chance: Chance): string {
  return comparable(script, runSimulated(script, chance))
    .map(({ what }) => what)
    .join('\n');
}
