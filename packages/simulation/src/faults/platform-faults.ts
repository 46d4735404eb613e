/** Faults of the platform below the objects: instances, processes, alarms and the clock. */
import type { Crash, CrashSide } from '../runtime/crash-point.ts';
import type { World } from '../world/world.ts';
import type { Fault } from './fault.ts';
import type { Begin } from './begin.ts';

/** The furthest that the clock steps. */
const LONGEST_STEP_MS = 2 * 3_600_000;

/** The latest that an alarm fires, when it fires late at all: the longest delay of the fault matrix. */
const LATEST_ALARM_MS = 20 * 60_000;

/** Share of the crash points at which another instance takes over, at most. */
const MOST_REPLACED = 0.5;

type Crashing = { id: string; side: CrashSide; crash: Crash; share: number };

/** Objects that crash are chosen by id: every fourth target is a project. */
function objectId(world: World, { target }: Fault): string {
  const project = world.projectNames[target % world.projectNames.length];
  return target % 4 === 3 && project !== undefined ? project : world.machineOf(target);
}

function crashes(side: CrashSide, crash: Crash): Begin {
  return (world, fault, state) => {
    // An instance that is replaced runs again at once: one that always is would never come to an end.
    const share = crash === 'replace' ? Math.min(MOST_REPLACED, fault.share) : fault.share;
    const crashing = { id: objectId(world, fault), side, crash, share };
    state.crashing.add(crashing);
    chooseCrashes(world, state.crashing);
    return () => {
      state.crashing.delete(crashing);
      chooseCrashes(world, state.crashing);
    };
  };
}

function chooseCrashes(world: World, crashing: ReadonlySet<Crashing>): void {
  if (crashing.size === 0) return world.runtime.chooseCrashes(null);
  world.runtime.chooseCrashes((id, side) => {
    for (const one of crashing)
      if (one.id === id && one.side === side && world.random.chance(one.share)) return one.crash;
    return null;
  });
}

const isDown: Begin = (world, _fault, state) => {
  state.downs += 1;
  world.runtime.kill();
  return () => {
    state.downs -= 1;
    if (state.downs === 0) world.runtime.start();
  };
};

function loseAlarm(stuck: boolean): Begin {
  return (world, { target }) => {
    world.machines.get(world.machineOf(target)).loseAlarm({ stuck });
    return null;
  };
}

function stepClock(direction: 1 | -1): Begin {
  return (world, { share }) => {
    const step = direction * Math.round(share * LONGEST_STEP_MS);
    world.runtime.stepClock(step);
    return () => {
      world.furthestClock = Math.max(world.furthestClock, world.runtime.clock());
      world.runtime.stepClock(-step);
    };
  };
}

export const PLATFORM_FAULTS = {
  evict: (world, { target }) => {
    world.machines.get(world.machineOf(target)).evict();
    return null;
  },
  'crash-before-commit': crashes('before-commit', 'reset'),
  'crash-after-commit': crashes('after-commit', 'reset'),
  'crash-after-send': crashes('after-send', 'reset'),
  'crash-before-answer': crashes('before-answer', 'reset'),
  'stale-instance': crashes('after-commit', 'replace'),
  'process-killed': isDown,
  'region-outage': isDown,
  'alarms-late': (world, { share }) => {
    const { random } = world;
    world.runtime.delayAlarms(() => (random.chance(share) ? random.between(1, LATEST_ALARM_MS * share) : 0));
    return () => world.runtime.delayAlarms(null);
  },
  'alarm-lost': loseAlarm(false),
  'alarm-stuck': loseAlarm(true),
  'clock-ahead': stepClock(1),
  'clock-back': stepClock(-1),
  'handler-throws': (world, { target }) => {
    const machineId = world.machineOf(target);
    world.broken.add(machineId);
    return () => world.broken.delete(machineId);
  },
} satisfies Record<string, Begin>;

/** What faults of this kind share. */
export type PlatformState = { crashing: Set<Crashing>; downs: number };
