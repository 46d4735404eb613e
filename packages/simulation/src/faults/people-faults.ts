/** What people do to a fleet: not always wise, and often in the middle of something. */
import type { Command } from '@fettle/core';
import type { Defect } from '../world/versions.ts';
import { PERSON } from '../world/person.ts';
import type { World } from '../world/world.ts';
import type { Begin } from './begin.ts';

function tell(world: World, machineId: string, command: Command): void {
  world.machines.get(machineId).call('command', { command: command, by: PERSON }, null);
}

/** A new commit is brought to a share of the fleet, to each machine by itself. */
function refresh(defect: Defect | null): Begin {
  return (world, { share, target }) => {
    const { projects, slots } = world.spec;
    const repository = target % 2 === 0 ? 'customer' : 'platform';
    const commit = world.repositories.add(repository, defect);
    for (let index = 0; index < projects * slots; index++) {
      if (!world.random.chance(share)) continue;
      const refs = { [repository]: commit };
      tell(world, world.machineOf(index), { kind: 'apply-versions', refs, order: null });
    }
    return null;
  };
}

export const PEOPLE_FAULTS = {
  'poison-version': refresh('crashes'),
  'good-version': refresh(null),
  'known-good-vanishes': (world, { target }) => {
    const versions = world.placement(world.machineOf(target))?.sandbox?.versions;
    if (versions) world.repositories.spoil(target % 2 === 0 ? versions.customer : versions.platform);
    return null;
  },
  'operator-stop': (world, { target }) => {
    const machineId = world.machineOf(target);
    tell(world, machineId, { kind: 'stop' });
    return () => tell(world, machineId, { kind: 'start' });
  },
  'operator-restart': (world, { target, share }) => {
    const command: Command =
      share < 0.5 ? { kind: 'restart' } : { kind: 'restart-services', names: ['web', 'daemon'] };
    tell(world, world.machineOf(target), command);
    return null;
  },
  'policy-changed': (world, { share }) => {
    const before = world.policy;
    const { check } = before;
    world.setPolicy(
      share < 0.5
        ? { ...before, mode: before.mode === 'act' ? 'shadow' : 'act' }
        : { ...before, check: { ...check, intervalMs: Math.round(check.intervalMs * (share + 0.25)) } },
    );
    return () => world.setPolicy(before);
  },
} satisfies Record<string, Begin>;
