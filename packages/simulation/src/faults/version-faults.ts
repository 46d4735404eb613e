/** What is rolled out through a project, and what people do about it. */
import type { RolloutTarget } from '@fettle/contract';
import type { Wish } from '@fettle/core';
import { PERSON } from '../world/person.ts';
import type { Defect } from '../world/versions.ts';
import type { World } from '../world/world.ts';
import type { Begin } from './begin.ts';
import type { Fault } from './fault.ts';

/** Below this share, a rollout is for some of the slots only. */
const SOME_SLOTS = 0.3;

function projectOf({ projectNames }: World, { target }: Fault): string {
  return projectNames[target % projectNames.length] ?? 'p1';
}

function ask(world: World, project: string, wish: Wish): void {
  world.projects.get(project).call('ask', { ...wish, by: PERSON }, null);
}

function rollOut(targetOf: (world: World, fault: Fault) => RolloutTarget): Begin {
  return (world, fault) => {
    const project = projectOf(world, fault);
    const target = targetOf(world, fault);
    const some = world.projects
      .get(project)
      .state?.slots.filter(() => world.random.chance(0.5))
      .map(({ slot }) => slot);
    const slots = fault.share < SOME_SLOTS && some !== undefined && some.length > 0 ? some : null;
    ask(world, project, { type: 'refresh-asked', target, slots });
    return null;
  };
}

/** Commits of one repository, or of both. */
function commits(defect: Defect | null): Begin {
  return rollOut(({ repositories }, { target }) => {
    const refs =
      target % 3 === 2
        ? { customer: repositories.add('customer', defect), platform: repositories.add('platform', null) }
        : target % 3 === 1
          ? { platform: repositories.add('platform', defect) }
          : { customer: repositories.add('customer', defect) };
    return { refs, image: null };
  });
}

function image(defectOf: (fault: Fault) => Defect | null): Begin {
  return rollOut(({ repositories }, fault) => {
    const refs = fault.target % 2 === 0 ? null : { customer: repositories.add('customer', null) };
    return { refs, image: repositories.addImage(defectOf(fault)) };
  });
}

const IMAGE_DEFECTS: readonly Defect[] = ['crashes', 'sickens', 'fails'];

export const VERSION_FAULTS = {
  'rollout-good': commits(null),
  'rollout-crashes': commits('crashes'),
  'rollout-sickens': commits('sickens'),
  'rollout-fails': commits('fails'),
  'rollout-image': image(() => null),
  'rollout-bad-image': image(({ target }) => IMAGE_DEFECTS[target % IMAGE_DEFECTS.length] ?? 'crashes'),
  'rollout-stopped': (world, fault) => {
    const revert = fault.share < 0.5;
    ask(world, projectOf(world, fault), { type: 'rollout-stopped', revert, reason: 'a person stopped it' });
    return null;
  },
  'slot-pinned': (world, fault) => {
    const project = projectOf(world, fault);
    const slot = `s${(fault.target % world.spec.slots) + 1}`;
    ask(world, project, { type: 'pinned', slot, reason: 'a person pinned it' });
    return () => ask(world, project, { type: 'unpinned', slot });
  },
  'versions-quarantined': (world, fault) => {
    const versions = world.placement(world.machineOf(fault.target))?.sandbox?.versions ?? null;
    if (versions === null) return null;
    const project = world.machineOf(fault.target).split('.')[0] ?? 'p1';
    ask(world, project, { type: 'quarantined', versions, reason: 'a person does not want them' });
    return () =>
      ask(world, project, { type: 'quarantine-lifted', versions, reason: 'they were not to blame' });
  },
  'quarantine-lifted': (world, fault) => {
    const project = projectOf(world, fault);
    const versions = world.projects.get(project).state?.quarantines[0]?.versions;
    if (versions !== undefined)
      ask(world, project, { type: 'quarantine-lifted', versions, reason: 'a person has looked' });
    return null;
  },
  'bucket-away': (world, { share }) => {
    world.bucket = { ...world.bucket, away: share };
    return () => {
      world.bucket = { ...world.bucket, away: 0 };
    };
  },
  'bucket-slow': (world, { share }) => {
    world.bucket = { ...world.bucket, slow: share };
    return () => {
      world.bucket = { ...world.bucket, slow: 0 };
    };
  },
} satisfies Record<string, Begin>;
