/**
 * What must be true some time after all faults ended: every slot leads to a healthy machine, or a person was told why
 * not; nothing is left over anywhere.
 */
import type { Incident, Policy } from '@fettle/contract';
import { openIncident, type MachineRecord, type ProjectRecord } from '@fettle/core';
import type { Sandbox } from '../world/sandbox.ts';
import type { World } from '../world/world.ts';
import { HOLDS, IDLE, type Judgement } from './judgement.ts';
import { ROLLOUT_LIVENESS, timeOfRollouts, versionsRestOf } from './rollout-liveness.ts';

const MINUTE = 60_000;

/** Rest that a fleet gets on top of what its policy's own times make necessary. */
const T_MS = 15 * MINUTE;

/** Reasons for which recovery stands still until somebody, or time, frees it. */
const LASTING_HOLDS: readonly Incident['tries'][number]['reason'][] = [
  'storm-guard',
  'mass-absence',
  'project-budget',
  'shadow-mode',
  'ladder-exhausted',
];

/**
 * How long after the end of all faults a fleet may take: 15 minutes, the grace after our own absence, what the platform
 * takes to try an alarm again, the ladder walked to its end, and a replacement made, started and seen healthy, which may
 * itself have to wait for others to be worked on.
 */
export function timeToHeal(world: World): number {
  return timeOfPolicy(world.policy) + Math.max(...projectsOf(world).map(timeOfRollouts));
}

function timeOfPolicy(policy: Policy): number {
  const { ladder, grace, check, settleMs } = policy;
  const climb = ladder.reduce((sum, rung) => sum + rung.attempts * rung.timeoutMs, 0);
  const created = ladder.find((rung) => rung.level === 4)?.timeoutMs ?? 0;
  const noticed = (check.unhealthyAfter + 2) * check.intervalMs;
  return T_MS + grace.afterReturnMs + grace.machineStartMs + climb + created + noticed + 2 * settleMs;
}

export type LivenessCheck = (world: World) => Judgement;

export const LIVENESS_INVARIANTS: Record<string, LivenessCheck> = {
  ...ROLLOUT_LIVENESS,

  'P3 every slot leads to a healthy machine, or a person was told why not': (world) => {
    for (const project of projectsOf(world))
      for (const slot of project.slots) {
        const why = restOf(world, project, slot.slot);
        if (why !== null) return why;
      }
    return HOLDS;
  },

  'S4 what a person did with a machine is in the audit log, once': (world) => {
    let worked = false;
    for (const { state, id } of world.machines.objects()) {
      if (state === null || state.taken === 0) continue;
      worked = true;
      const { project } = state.record.identity;
      const rows = world.projects.get(project).state?.rows[id] ?? 0;
      if (rows + notDue(state.record, world.timeline.now) !== state.taken)
        return `${id} was used ${state.taken} times by people, and ${rows} rows tell of them`;
    }
    return worked ? HOLDS : IDLE;
  },

  'nothing waits to be told or sent for ever': (world) => {
    for (const { state } of world.machines.objects()) {
      const record = state?.record;
      if (record === undefined) continue;
      const { machineId } = record.identity;
      // Its project has heard it, and asks for it no more: it waits for a time that a clock set which was ahead.
      if (record.state.phase === 'destroyed') continue;
      const old = record.outbox.find((entry) => entry.sends > 3);
      if (old !== undefined) return `${machineId} still tells ${old.message.kind} (${old.sends} sends)`;
      const { pending } = record;
      if (pending !== null && pending.sends > 5) return `${machineId} still sends ${pending.do}`;
    }
    for (const project of projectsOf(world)) {
      const old = project.pending.find((action) => action.sends > 3);
      if (old !== undefined) return `${project.project} still sends ${old.do} (${old.sends} sends)`;
    }
    return HOLDS;
  },

  'no permit is held by a machine that is not being worked on': (world) => {
    let count = 0;
    const clock = world.runtime.clock();
    for (const project of projectsOf(world))
      for (const permit of project.permits) {
        if (permit.expiresAt <= clock) continue;
        count += 1;
        const phase = world.machines.get(permit.machineId).state?.record.state.phase;
        if (phase === 'healthy' || phase === 'destroyed' || phase === 'stopped')
          return `${permit.machineId} is ${phase} and holds a permit`;
      }
    return count === 0 ? IDLE : HOLDS;
  },

  'P5 every machine that a provider has is known': (world) => {
    const known = new Set<string>();
    for (const project of projectsOf(world)) {
      for (const slot of project.slots) for (const id of slot.machines) known.add(id);
      for (const { machineId } of project.retired) known.add(machineId);
    }
    for (const sandbox of sandboxesOf(world)) {
      // One that its own host denied may count as destroyed: only a listing can bring it to light again.
      if (!sandbox.diskPresent || sandbox.wasDenied) continue;
      if (!known.has(sandbox.machineId)) return `nobody knows ${sandbox.machineId}`;
      const phase = world.machines.get(sandbox.machineId).state?.record.state.phase;
      if (phase === undefined || phase === 'destroyed')
        return `${sandbox.machineId} exists, and is ${phase ?? 'unknown'} to us`;
    }
    return HOLDS;
  },

  'H4 of every slot at most one machine runs': (world) => {
    const running = new Map<string, string>();
    for (const sandbox of sandboxesOf(world)) {
      if (sandbox.power !== 'running') continue;
      const record = world.machines.get(sandbox.machineId).state?.record;
      // One that nothing can be done about yet: its recovery is still held.
      if (record !== undefined && record.state.phase === 'recovering') continue;
      if (sandbox.wasDenied && record?.state.phase === 'destroyed') continue;
      const key = `${sandbox.machineId.split('.')[0]}.${sandbox.slot}`;
      const other = running.get(key);
      if (other !== undefined) return `${other} and ${sandbox.machineId} run`;
      running.set(key, sandbox.machineId);
    }
    return HOLDS;
  },

  'M10 what a person stopped is down': (world) => {
    let count = 0;
    for (const { state } of world.machines.objects()) {
      const record = state?.record;
      if (record === undefined || record.desired !== 'stopped') continue;
      count += 1;
      const sandbox = world.placement(record.identity.machineId)?.sandbox;
      if (sandbox?.power === 'running') return `${record.identity.machineId} runs`;
    }
    return count === 0 ? IDLE : HOLDS;
  },
};

function projectsOf(world: World): ProjectRecord[] {
  return world.projectNames.flatMap((name) => world.projects.get(name).state ?? []);
}

function sandboxesOf(world: World): Sandbox[] {
  return world.hosts.flatMap((host) => host.sandboxes());
}

/** Why a slot is not at rest; `null` when it is. */
export function restOf(world: World, project: ProjectRecord, name: string): string | null {
  const slot = project.slots.find((one) => one.slot === name);
  const newest = slot?.machines[0];
  if (slot === undefined || newest === undefined) return `${name} has no machine`;
  const plan = project.plans.find((one) => one.slot === name);
  if (plan?.step === 'parked') return null;
  const record = world.machines.get(newest).state?.record;
  if (record === undefined) return `${newest} does not exist`;
  if (isHeld(record, world)) return null;
  const sandbox = world.placement(newest)?.sandbox;
  if (record.desired === 'stopped')
    return record.state.phase === 'stopped' && sandbox?.power !== 'running'
      ? null
      : `${newest} is ${record.state.phase}, and is to be stopped`;
  const well = sandbox?.isWell() === true ? 'well' : 'not well';
  if (record.state.phase !== 'healthy')
    return `${newest} is ${record.state.phase} and in truth ${well}${heldBy(record)}`;
  if (sandbox?.isWell() !== true) return `${newest} counts as healthy, and is not well`;
  if (slot.machineId !== newest)
    return `${name} leads to ${slot.machineId} instead of ${newest}, which is healthy`;
  return null;
}

function isHeld(record: MachineRecord, world: World): boolean {
  const held = openIncident(record.state)?.held ?? null;
  if (record.state.phase !== 'recovering' || held === null) return false;
  if (!LASTING_HOLDS.includes(held.reason)) return false;
  return world.runtime.clock() - held.since >= 0;
}

function heldBy(record: MachineRecord): string {
  const held = openIncident(record.state)?.held ?? null;
  return held === null ? '' : ` (held: ${held.reason}: ${held.message})`;
}

/** Whether every slot of every project is at rest, and no version is on its way anywhere. */
export function isAtRest(world: World): boolean {
  return projectsOf(world).every(
    (project) =>
      versionsRestOf(project) === null &&
      project.slots.every((slot) => restOf(world, project, slot.slot) === null),
  );
}

/**
 * Rows that a machine will tell at a time that a clock set which was ahead. One that is watched is woken before it is due, but
 * not at the moment in which the clock goes back; one that is gone is woken by nobody else.
 */
function notDue({ state, outbox }: MachineRecord, now: number): number {
  return outbox.filter(
    ({ message, nextSendAt }) =>
      message.kind === 'audited' && (nextSendAt > now || state.phase === 'destroyed'),
  ).length;
}
