/** Faults of the machines themselves. Recovery has to find and mend them; few go away by themselves. */
import type { Host } from '../world/host.ts';
import type { ProcessName, Sandbox } from '../world/sandbox.ts';
import { PERSON } from '../world/person.ts';
import type { World } from '../world/world.ts';
import type { Begin } from './begin.ts';
import type { Fault } from './fault.ts';

/** A machine that flaps is sick for so long, and well for so long. */
const SICK_MS = 90_000;
const WELL_MS = 40_000;

const YEAR_MS = 365 * 24 * 3_600_000;

type Victim = { world: World; host: Host; sandbox: Sandbox; now: number };

/** Whether there is something that can break. */
function victimOf(world: World, machineId: string): Victim | null {
  const placement = world.placement(machineId);
  const sandbox = placement?.sandbox;
  if (placement === undefined || sandbox?.power !== 'running') return null;
  return { world, host: placement.host, sandbox, now: world.timeline.now };
}

function breaks(how: (victim: Victim, fault: Fault) => (() => void) | void): Begin {
  return (world, fault) => {
    const victim = victimOf(world, world.machineOf(fault.target));
    return (victim === null ? null : how(victim, fault)) ?? null;
  };
}

/** A process ends and pidnap has given up on it. The daemon, if it lives, tells at once. */
function giveUp({ world, sandbox, now }: Victim, name: ProcessName): void {
  sandbox.processes[name].state = 'failed';
  sandbox.changed(now);
  world.placement(sandbox.machineId)?.reporter.send();
}

function hang({ sandbox, now }: Victim, name: ProcessName, stubborn = false): void {
  sandbox.processes[name].hung = true;
  sandbox.processes[name].stubborn = stubborn;
  sandbox.changed(now);
}

function stop({ sandbox, now }: Victim, memoryKilled = false): void {
  sandbox.halt(now, { exitCode: memoryKilled ? 137 : 1, memoryKilled });
}

function flap(victim: Victim): () => void {
  const { world, sandbox } = victim;
  const { timeline } = world;
  let isOver = false;
  const turn = (sick: boolean): void => {
    if (isOver) return;
    sandbox.processes.web.hung = sick;
    sandbox.changed(timeline.now);
    timeline.schedule(timeline.now + (sick ? SICK_MS : WELL_MS), turn, !sick, null);
  };
  turn(true);
  return () => {
    isOver = true;
    sandbox.processes.web.hung = false;
    sandbox.changed(timeline.now);
  };
}

/** Much of the fleet at once, in the way in which it fails together: one bad dependency, or one bad night. */
const massFailure: Begin = (world, { share, target }) => {
  const { projects, slots } = world.spec;
  for (let index = 0; index < projects * slots; index++) {
    if (!world.random.chance(share)) continue;
    const victim = victimOf(world, world.machineOf(index));
    if (victim === null) continue;
    if (target % 3 === 0) stop(victim);
    else if (target % 3 === 1) giveUp(victim, 'web');
    else hang(victim, 'web');
  }
  return null;
};

/** Long enough for a machine to be down that was stopped. */
const DOWN_MS = 60_000;

/** A person stops a machine, and somebody else starts it beside us. */
const startStopped: Begin = (world, { target }) => {
  const machineId = world.machineOf(target);
  const object = world.machines.get(machineId);
  const placement = world.placement(machineId);
  object.call('command', { command: { kind: 'stop' }, by: PERSON }, null);
  const startIt = (): void => {
    const { host, sandbox } = placement ?? {};
    if (host?.hasPower && sandbox?.power === 'stopped') host.boot(sandbox);
  };
  world.timeline.schedule(world.timeline.now + DOWN_MS, startIt, null, null);
  return () => object.call('command', { command: { kind: 'start' }, by: PERSON }, null);
};

export const MACHINE_FAULTS = {
  'machine-vanishes': breaks(({ sandbox, now }, { share }) => sandbox.vanish(now, share < 0.5)),
  'machine-recreated': breaks(({ host, sandbox }) => host.boot(sandbox)),
  'machine-stops': breaks((victim) => stop(victim)),
  'memory-runs-out': breaks((victim) => stop(victim, true)),
  'machine-started': startStopped,
  'machine-paused': breaks(({ sandbox, now }) => {
    sandbox.power = 'paused';
    sandbox.changed(now);
  }),
  'machine-ruined': breaks((victim) => {
    victim.sandbox.ruined = true;
    giveUp(victim, 'web');
  }),
  'machine-clock': breaks(({ sandbox }, { share }) => {
    sandbox.clockOffMs = Math.round((share - 0.5) * 2 * YEAR_MS);
  }),
  'service-crashes': breaks(({ host, sandbox }) => host.startProcess(sandbox, 'web')),
  'service-gives-up': breaks((victim) => giveUp(victim, 'web')),
  'service-hangs': breaks((victim) => hang(victim, 'web')),
  'service-hangs-stubbornly': breaks((victim) => hang(victim, 'web', true)),
  'daemon-gives-up': breaks((victim) => giveUp(victim, 'daemon')),
  'daemon-hangs': breaks((victim) => hang(victim, 'daemon')),
  'pidnap-hangs': breaks(({ sandbox, now }) => {
    sandbox.pidnapHung = true;
    sandbox.changed(now);
  }),
  flapping: breaks(flap),
  'lying-daemon': breaks((victim) => {
    victim.sandbox.lies = true;
    hang(victim, 'web');
    return () => {
      victim.sandbox.lies = false;
    };
  }),
  'mass-failure': massFailure,
} satisfies Record<string, Begin>;
