/** A project as an operator sees it, derived from its record. */
import type { Notice, PlanView, ProjectView, Rollout } from '@fettle/contract';
import type { Plan, ProjectRecord } from './record.ts';
import { isGuardOverridden } from './guard-override.ts';
import { stormMessage } from './storm-guard.ts';
import { quotaView } from './quota.ts';
import { planBlock } from './substitution.ts';
import { toldBySlot } from './told-by-slot.ts';

/** Three sweeps were missed. */
const WATCH_STALE_MS = 3 * 60_000;

export function projectView(input: { record: ProjectRecord; notices: Notice[]; now: number }): ProjectView {
  const { record, notices, now } = input;
  const isOverridden = isGuardOverridden(record, now);
  return {
    organization: record.organization,
    project: record.project,
    template: record.template,
    policy: record.policy,
    quota: quotaView(record, now),
    slots: record.slots.map((slot) => ({
      slot: slot.slot,
      machineId: slot.machineId,
      phase: slot.phase,
      machines: slot.machines,
      versions: record.told.find((one) => one.machineId === slot.machines[0])?.versions ?? null,
      plan: planView(
        record,
        record.plans.find((plan) => plan.slot === slot.slot),
        now,
      ),
    })),
    retired: record.retired.map(({ machineId, slot, retiredAt, cleanUpAt }) => ({
      machineId,
      slot,
      retiredAt,
      cleanUpAt,
    })),
    notices,
    guardOverride: isOverridden ? record.guardOverride : null,
    rollout: rolloutView(record),
    quarantines: record.quarantines.map(({ leftAlone: _leftAlone, ...quarantine }) => quarantine),
    pins: record.pins,
    proven: record.proven,
    incidents: record.incidents,
    watch:
      record.watch === null ? null : { ...record.watch, stale: now - record.watch.sweptAt > WATCH_STALE_MS },
    stormGuard: isOverridden
      ? null
      : stormMessage({
          sick: toldBySlot(record, null).filter((one) => one.sick).length,
          total: record.slots.length,
          guard: record.policy.stormGuard,
        }),
    now,
  };
}

/** Without what it needs to go on. */
function rolloutView({ rollout }: ProjectRecord): Rollout | null {
  if (rollout === null) return null;
  const { number, kind, target, versions, state, waves, back, waiting, skipped, message } = rollout;
  const { startedAt, endedAt } = rollout;
  return {
    number,
    kind,
    target,
    versions,
    state,
    waves,
    back,
    waiting,
    skipped,
    message,
    startedAt,
    endedAt,
  };
}

function planView(record: ProjectRecord, plan: Plan | undefined, now: number): PlanView | null {
  if (!plan) return null;
  const { slot, kind, step, oldMachineId, newMachineId, copy, startedAt } = plan;
  return {
    slot,
    kind,
    step,
    oldMachineId,
    newMachineId,
    copy,
    startedAt,
    message: planMessage(record, plan, now),
  };
}

function planMessage(record: ProjectRecord, plan: Plan, now: number): string {
  switch (plan.step) {
    case 'create':
      return `${plan.newMachineId} is being asked for`;
    case 'await-healthy':
      return `waiting for ${plan.newMachineId} to be healthy`;
    case 'parked':
      return `parked: ${planBlock(record, plan, now)?.message ?? 'its budget is free again'}`;
  }
}
