/** How time passes in a small world. */
import type { Possible } from './possible.ts';
import { isBusy } from './receiver.ts';
import { TICK_MS, type Configuration, type World } from './small-world.ts';

/** Longer than anything that the core takes for a mere delay. */
const ABSENCE_TICKS = 8;

/** Time passes when nothing is due and nobody is at work; else something is late. */
export function clockSteps(world: World, configuration: Configuration): Possible[] {
  const { project, machines } = world;
  const objects = [project, ...machines];
  if (objects.some((one) => one.run !== null)) return [];
  const isDue = objects.some((one) => one.alarm !== null && one.alarm <= world.now);
  const isAtWork = machines.some((side) => isBusy(side.receiver));
  const costs = isDue ? 'delays' : isAtWork ? 'slow' : undefined;
  return [
    {
      what: isDue ? 'a tick passes, and who is due has to wait' : 'a tick passes',
      costs,
      then: () => later(world, 1),
    },
    {
      what: `the control plane is away for ${ABSENCE_TICKS} ticks`,
      costs: 'absences',
      then: () => later(world, ABSENCE_TICKS),
    },
    ...(configuration.clockSteps
      ? [
          {
            what: `the clock steps back by ${ABSENCE_TICKS} ticks`,
            costs: 'absences' as const,
            then: () => stepBack(world, ABSENCE_TICKS),
          },
        ]
      : []),
  ];
}

/** Work that takes its time is trouble enough for a machine to be taken for sick. */
function later(world: World, ticks: number): World {
  const machines = world.machines.map((side) =>
    isBusy(side.receiver) && !side.once.troubled ? { ...side, once: { ...side.once, troubled: true } } : side,
  );
  return { ...world, now: world.now + ticks * TICK_MS, machines };
}

/** The clock goes back, and with it what a promise measures by it; alarms and records stay as they are. */
function stepBack(world: World, ticks: number): World {
  const machines = world.machines.map((side) => {
    const { returnedAt } = side.once;
    if (returnedAt === null) return side;
    return { ...side, once: { ...side.once, returnedAt: returnedAt - ticks * TICK_MS } };
  });
  return { ...world, now: world.now - ticks * TICK_MS, machines };
}
