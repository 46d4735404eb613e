/** A project as an operator sees it, derived from its record. */
import type { Notice, PlanView, ProjectView } from '@fettle/contract';
import type { Plan, ProjectRecord } from './record.ts';
import { stormMessage } from './storm-guard.ts';

/** Three sweeps were missed. */
const WATCH_STALE_MS = 3 * 60_000;

export function projectView(input: { record: ProjectRecord; notices: Notice[]; now: number }): ProjectView {
  const { record, notices, now } = input;
  return {
    organization: record.organization,
    project: record.project,
    template: record.template,
    policy: record.policy,
    slots: record.slots.map((slot) => ({
      slot: slot.slot,
      machineId: slot.machineId,
      phase: slot.phase,
      machines: slot.machines,
      plan: planView(record.plans.find((plan) => plan.slot === slot.slot)),
    })),
    retired: record.retired.map(({ machineId, slot, retiredAt, cleanUpAt }) => ({
      machineId,
      slot,
      retiredAt,
      cleanUpAt,
    })),
    notices,
    guardOverride: record.guardOverride,
    watch:
      record.watch === null ? null : { ...record.watch, stale: now - record.watch.sweptAt > WATCH_STALE_MS },
    stormGuard: stormMessage({
      sick: record.sick.length,
      total: record.slots.length,
      guard: record.policy.stormGuard,
    }),
    now,
  };
}

function planView(plan: Plan | undefined): PlanView | null {
  if (!plan) return null;
  const { slot, kind, step, oldMachineId, newMachineId, copy, startedAt } = plan;
  return { slot, kind, step, oldMachineId, newMachineId, copy, startedAt, message: planMessage(plan) };
}

function planMessage(plan: Plan): string {
  switch (plan.step) {
    case 'create':
      return `${plan.newMachineId} is being asked for`;
    case 'await-healthy':
      return `waiting for ${plan.newMachineId} to be healthy`;
    case 'parked':
      return 'parked: the budget of substitutions is spent';
  }
}
