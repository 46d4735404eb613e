/** What must hold whenever an effect leaves an object, or is carried out by a receiver. */
import type { HostRequest } from '../world/host-request.ts';
import type { Sandbox } from '../world/sandbox.ts';
import type { EffectAction } from '../world/surroundings.ts';
import type { World } from '../world/world.ts';
import { holdsUnless, IDLE, type Judgement } from './judgement.ts';
import type { Life } from './life.ts';

export type DispatchCheck = (machineId: string, action: EffectAction, world: World, life: Life) => Judgement;

/** Verbs that bring a machine, or a part of it, up. */
const RAISING: readonly EffectAction['do'][] = [
  'create',
  'start',
  'restart',
  'restart-services',
  'apply-versions',
  'rebuild',
];

export const DISPATCH_INVARIANTS: Record<string, DispatchCheck> = {
  'M3 an effect is stored before it is sent': (machineId, action, world) => {
    const stored = world.machines.get(machineId).state?.record;
    return holdsUnless(
      stored === undefined || stored.sequence < action.ref.sequence,
      () => `${action.ref.id} (${action.do}) left an object that does not know it`,
    );
  },

  'B1 what is left of a machine is copied only after it was asked to stop': (
    machineId,
    action,
    world,
    life,
  ) => {
    const record = world.machines.get(machineId).state?.record;
    if (record?.state.phase !== 'bricked') return IDLE;
    if (action.do === 'stop') life.stopAsked = true;
    if (action.do !== 'copy') return IDLE;
    const isDown = record.evidence.provider === 'stopped' || record.evidence.provider === 'absent';
    return holdsUnless(!isDown && !life.stopAsked, () => `${machineId} may still write`);
  },

  'M10 what a person stopped is not started': (machineId, action, world) => {
    if (!RAISING.includes(action.do)) return IDLE;
    const desired = world.machines.get(machineId).state?.record.desired;
    return holdsUnless(
      desired !== 'running',
      () => `${action.do} of ${machineId}, which is to be ${desired}`,
    );
  },
};

export type ExecutionCheck = (request: HostRequest, sandbox: Sandbox, world: World) => Judgement;

export const EXECUTION_INVARIANTS: Record<string, ExecutionCheck> = {
  'P4 a disk is destroyed only when nothing needs it any more': ({ kind, machineId }, _sandbox, world) => {
    if (kind !== 'destroy') return IDLE;
    const project = world.projects.get(machineId.split('.')[0] ?? '').state;
    if (project === null) return 'there is no project';
    const leads = project.slots.find((slot) => slot.machineId === machineId);
    if (leads !== undefined) return `${leads.slot} leads to ${machineId}`;
    const plan = project.plans.find((one) => one.oldMachineId === machineId);
    if (plan !== undefined) return `${plan.slot} is still being substituted`;
    const retired = project.retired.find((one) => one.machineId === machineId);
    // A clock that was ahead has let the time pass early; nobody can tell afterwards.
    const clock = Math.max(world.runtime.clock(), world.furthestClock);
    return holdsUnless(
      retired !== undefined && clock < retired.cleanUpAt,
      () => `${machineId} was to be kept for ${(retired?.cleanUpAt ?? 0) - clock} ms more`,
    );
  },
};
