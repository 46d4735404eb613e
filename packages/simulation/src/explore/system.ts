/** A configuration as a system to be searched. */
import { Broken } from './broken.ts';
import { stepProject } from './step-project.ts';
import { digestWorld } from './digest.ts';
import { SETTLES, type System } from './search.ts';
import { REST_BITS } from './state-index.ts';
import { isSettled } from './settled.ts';
import { emptyWorld, projectConfig, TICK_MS, type Configuration, type World } from './small-world.ts';
import { PERSON } from '../world/person.ts';
import { stepsOf } from './world-steps.ts';

/** More steps than a world without faults needs until it has settled. */
const MOST_FIRST_STEPS = 2000;

/** Ticks for which the machines have been healthy when a world begins with healthy ones: their versions have proven. */
const HEALTHY_TICKS = 6;

/** Throws `Broken` when the world does not even begin. */
export function systemOf(configuration: Configuration): System<World> {
  return {
    initial: { ...firstWorld(configuration), left: configuration.budget },
    steps: (world) => stepsOf(world, configuration),
    digest: digestWorld,
    left: ({ left }) => Object.values(left).reduce((packed, count) => (packed << REST_BITS) | count, 0),
    isSettled,
  };
}

function firstWorld(configuration: Configuration): World {
  const config = projectConfig(configuration);
  let [world] = stepProject(emptyWorld(configuration), { type: 'applied', config, by: PERSON });
  if (configuration.begins === 'empty') return world;
  let settledAt: number | null = null;
  for (let count = 0; count < MOST_FIRST_STEPS; count++) {
    if (isSettled(world)) settledAt ??= world.now;
    if (settledAt !== null && isSettled(world) && world.now - settledAt >= HEALTHY_TICKS * TICK_MS)
      return world;
    const step = stepsOf(world, configuration)[0];
    if (step === undefined) break;
    if ('violation' in step) throw new Broken(step.violation.promise, step.violation.message);
    world = step.next;
  }
  throw new Broken(SETTLES, `${configuration.name} does not even begin`);
}
