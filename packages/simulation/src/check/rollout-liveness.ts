/** What must be true of versions some time after all faults ended, and how long that may take. */
import type { Policy } from '@fettle/contract';
import type { ProjectRecord, ToldMachine } from '@fettle/core';
import { wayBack } from '@fettle/core/project/way-back';
import type { World } from '../world/world.ts';
import { HOLDS, IDLE, type Judgement } from './judgement.ts';
import { isSame } from './version-step-invariants.ts';

/** A rollout that goes on, with its way back, and a revert that may follow: each wave has its time at most. */
const WALKS = 3;

/** Of these, the way back and the revert are asked for by nobody: every change of theirs is spent from the budget. */
const WALKS_FROM_BUDGET = 2;

/**
 * How long rollouts of a project may still take: every wave, there and back, as long as a wave may take, and what waits
 * for its budget as long as that takes to free up, as often as all slots need it.
 */
export function timeOfRollouts({ rollout, quarantines, policy, slots }: ProjectRecord): number {
  if (quarantines.length === 0 && !isGoingOn(rollout)) return 0;
  const waves = wavesOf(slots.length, policy.rollout);
  return (
    WALKS * waves * (policy.rollout.waveTimeoutMs + 2 * policy.check.intervalMs) +
    timeOfBudget(slots.length, policy.budgets.projectActions)
  );
}

/** As if all of it was spent just now. One that allows nothing is not waited for: the rollout stops. */
function timeOfBudget(slots: number, { max, withinMs }: Policy['budgets']['projectActions']): number {
  return max === 0 ? 0 : Math.ceil((WALKS_FROM_BUDGET * slots) / max) * withinMs;
}

function wavesOf(slots: number, { firstWave, growth }: Policy['rollout']): number {
  let [left, waves] = [slots, 0];
  for (let size = firstWave; left > 0; size *= growth) {
    left -= Math.max(1, Math.floor(size));
    waves += 1;
  }
  return waves;
}

function isGoingOn(rollout: ProjectRecord['rollout']): boolean {
  return rollout !== null && (rollout.state === 'running' || rollout.state === 'reverting');
}

/** Why a project is not at rest with its versions; `null` when it is. */
export function versionsRestOf(project: ProjectRecord): string | null {
  const { rollout } = project;
  if (isGoingOn(rollout))
    return `rollout ${rollout?.number} of ${project.project} goes on: ${rollout?.message}`;
  return stayerOf(project);
}

/** A machine that runs quarantined versions although it could run others, and is not left alone. */
function stayerOf(project: ProjectRecord): string | null {
  if (project.policy.mode === 'shadow') return null;
  for (const { versions, leftAlone } of project.quarantines)
    for (const { slot, phase, machines } of project.slots) {
      const told = project.told.find((one) => one.machineId === machines[0]);
      if (told === undefined || !isSame(told.versions, versions) || !isWell(told, phase)) continue;
      if (leftAlone.includes(told.machineId) || project.pins.some((pin) => pin.slot === slot)) continue;
      if (project.plans.some((plan) => plan.slot === slot)) continue;
      if (wayBack(project, slot, versions) !== null)
        return `${told.machineId} still runs what is quarantined`;
    }
  return null;
}

function isWell(told: ToldMachine, phase: ProjectRecord['slots'][number]['phase']): boolean {
  return phase === 'healthy' && !told.sick && told.incidentAt === null && told.healthySince !== null;
}

export const ROLLOUT_LIVENESS: Record<string, (world: World) => Judgement> = {
  'V4 every rollout ends': (world) => {
    let count = 0;
    for (const { rollout, project } of projectsOf(world)) {
      if (rollout === null) continue;
      count += 1;
      if (isGoingOn(rollout)) return `rollout ${rollout.number} of ${project} goes on: ${rollout.message}`;
      const running = [...rollout.waves, ...rollout.back].find((wave) => wave.outcome === 'running');
      if (running !== undefined) return `a wave of rollout ${rollout.number} of ${project} runs on`;
    }
    return count === 0 ? IDLE : HOLDS;
  },

  'V4 nobody stays on quarantined versions who could go back': (world) => {
    const projects = projectsOf(world).filter((one) => one.quarantines.length > 0);
    if (projects.length === 0) return IDLE;
    for (const project of projects) {
      const why = stayerOf(project);
      if (why !== null) return why;
    }
    return HOLDS;
  },

  'P8 the incident of a quarantine is open as long as somebody runs the versions': (world) => {
    let count = 0;
    for (const project of projectsOf(world))
      for (const { number, versions, closedAt } of project.incidents) {
        if (closedAt !== null) continue;
        count += 1;
        const runs = project.slots.some(({ machines }) =>
          isSame(project.told.find((one) => one.machineId === machines[0])?.versions ?? null, versions),
        );
        if (!runs) return `incident ${number} of ${project.project} is open, and nobody runs its versions`;
      }
    return count === 0 ? IDLE : HOLDS;
  },

  'P8 every machine knows what is quarantined': (world) => {
    let count = 0;
    for (const project of projectsOf(world)) {
      if (project.quarantines.length === 0) continue;
      for (const { machines } of project.slots) {
        const record = world.machines.get(machines[0] ?? '').state?.record;
        // A machine that has ended needs to know nothing; one that is parked does not exist yet.
        if (record === undefined || record.state.phase === 'destroyed' || record.state.phase === 'retired')
          continue;
        count += 1;
        const unknown = project.quarantines.find(
          ({ versions }) => !record.fleet.quarantined.some((one) => isSame(one, versions)),
        );
        if (unknown !== undefined) return `${record.identity.machineId} does not know`;
      }
    }
    return count === 0 ? IDLE : HOLDS;
  },
};

function projectsOf(world: World): ProjectRecord[] {
  return world.projectNames.flatMap((name) => world.projects.get(name).state ?? []);
}
