/**
 * What a project does about its slots: fills them, has bricked machines substituted, and cleans up what was replaced.
 * Total, synchronous and without side effects, like `decide` of a machine.
 */
import type {
  DataCopy,
  Notice,
  Phase,
  Policy,
  RolloutTarget,
  VersionRefs,
  VersionSet,
} from '@fettle/contract';
import { resendDelay } from '../machine/resend-delay.ts';
import type { PermitAnswer, PermitRequest } from '../permit.ts';
import { onProjectClock } from './clock-step.ts';
import { onGuardOverridden } from './guard-override.ts';
import { onPermitRequested } from './permits.ts';
import type { PendingProjectAction, ProjectConfig, ProjectRecord, Slot, ToldMachine } from './record.ts';
import { machineIdOf, presentMachines } from './record.ts';
import { substitutionBlock } from './substitution-budget.ts';
import { onBricked, onMachineHealthy, resumeParked } from './substitution.ts';
import { onSwept, type SweptMachine } from './sweep.ts';
import { notify, send, update, type ProjectRefusal, type ProjectTurn } from './turn.ts';

export type ProjectEvent =
  | { type: 'woke' }
  | { type: 'applied'; config: ProjectConfig }
  | { type: 'policy-set'; policy: Policy }
  | ({ type: 'machine-changed'; phase: Phase } & ToldMachine)
  | { type: 'bricked'; machineId: string; copy: DataCopy | null; versions: VersionRefs }
  | { type: 'guard-overridden'; forMs: number; reason: string }
  | ({ type: 'permit-requested'; machineId: string } & PermitRequest)
  | { type: 'swept'; machines: readonly SweptMachine[] }
  | { type: 'refresh-asked'; target: RolloutTarget; slots: string[] | null }
  | { type: 'rollout-stopped'; revert: boolean; reason: string }
  | { type: 'pinned'; slot: string; reason: string }
  | { type: 'unpinned'; slot: string }
  | { type: 'quarantined'; versions: VersionSet; reason: string }
  | { type: 'quarantine-lifted'; versions: VersionSet; reason: string }
  | { type: 'finished'; actionId: string; ok: boolean };

export type ProjectDecision = {
  record: ProjectRecord;
  /** What to send now; empty unless the event came from the alarm. */
  actions: PendingProjectAction[];
  notices: Notice[];
  wakeAt: number | null;
  /** The answer to a request for a permit. */
  permit: PermitAnswer | null;
  /** Why what somebody asked for was not taken, with nothing done; `null` when it was. */
  refused: ProjectRefusal | null;
};

export function decideProject(input: {
  record: ProjectRecord;
  event: ProjectEvent;
  /** The clock, which may have stepped: back or ahead, by any amount. */
  now: number;
}): ProjectDecision {
  const { record, now } = onProjectClock(input.record, input.now);
  const turn: ProjectTurn = { record, now, notices: [], refused: null };
  const permit = apply(turn, input.event);
  const actions = input.event.type === 'woke' ? dueActions(turn) : [];
  if (turn.record !== input.record) update(turn, { decidedAt: now });
  return {
    record: turn.record,
    actions,
    notices: turn.notices,
    wakeAt: projectWakeAt(turn.record, now),
    permit,
    refused: turn.refused,
  };
}

function apply(turn: ProjectTurn, event: ProjectEvent): PermitAnswer | null {
  switch (event.type) {
    case 'woke':
      cleanUp(turn);
      resumeParked(turn);
      return null;
    case 'applied':
      applyConfig(turn, event.config);
      return null;
    case 'policy-set':
      setPolicy(turn, event.policy);
      return null;
    case 'machine-changed':
      onMachineChanged(turn, event);
      return null;
    case 'bricked':
      onBricked(turn, event);
      return null;
    case 'guard-overridden':
      onGuardOverridden(turn, event);
      return null;
    case 'permit-requested':
      return onPermitRequested(turn, event);
    case 'swept':
      onSwept(turn, event.machines);
      return null;
    case 'finished':
      onFinished(turn, event);
      return null;
    case 'refresh-asked':
    case 'rollout-stopped':
    case 'pinned':
    case 'unpinned':
    case 'quarantined':
    case 'quarantine-lifted':
      return null;
  }
}

function applyConfig(turn: ProjectTurn, config: ProjectConfig): void {
  const { template, policy } = config;
  update(turn, { template });
  setPolicy(turn, policy);
  const known = new Set(turn.record.slots.map((slot) => slot.slot));
  for (const slot of config.slots.filter((name) => !known.has(name))) fillSlot(turn, slot);
}

function fillSlot(turn: ProjectTurn, slot: string): void {
  const { record, now } = turn;
  const machineId = machineIdOf(record, slot, 1);
  update(turn, {
    slots: [
      ...record.slots,
      { slot, machineId: null, machines: [machineId], generation: 1, phase: null, copy: null },
    ],
    plans: [
      ...record.plans,
      {
        slot,
        kind: 'fill',
        step: 'create',
        oldMachineId: null,
        newMachineId: machineId,
        copy: null,
        versions: record.template.versions,
        image: record.template.image,
        startedAt: now,
        since: now,
      },
    ],
  });
  const { organization, project, template } = record;
  const identity = { machineId, organization, project, slot, generation: 1, type: template.type };
  const { versions, image } = template;
  send(turn, { do: 'provision', identity, versions, image, restoreCopyId: null });
}

function setPolicy(turn: ProjectTurn, policy: Policy): void {
  if (JSON.stringify(policy) === JSON.stringify(turn.record.policy)) return;
  // One that is still on its way need not arrive any more.
  update(turn, { policy, pending: turn.record.pending.filter((action) => action.do !== 'adopt-policy') });
  for (const slot of turn.record.slots) {
    const newest = slot.machines[0];
    if (newest !== undefined) send(turn, { do: 'adopt-policy', machineId: newest });
  }
}

function onMachineChanged(
  turn: ProjectTurn,
  event: Extract<ProjectEvent, { type: 'machine-changed' }>,
): void {
  const { record } = turn;
  const { machineId, phase } = event;
  const slot = record.slots.find((one) => one.machines[0] === machineId);
  // Words can overtake each other: an older one says nothing, and a machine that was given up does not come back.
  if (record.told.some((one) => one.machineId === machineId && one.word > event.word)) return;
  if (slot && isGivenUp(slot.phase) && !isGivenUp(phase)) return;
  // A late word of a machine that was replaced must not count against its project for ever.
  const counts = presentMachines(record).includes(machineId);
  const sick = event.sick && counts;
  const others = record.told.filter((one) => one.machineId !== machineId);
  const { type: _, phase: __, ...word } = event;
  update(turn, {
    told: counts ? [...others, { ...word, sick }] : others,
    held: sick ? record.held : record.held.filter((one) => one.machineId !== machineId),
    permits: sick ? record.permits : record.permits.filter((permit) => permit.machineId !== machineId),
    slots: record.slots.map((slot) => (slot.machines[0] === machineId ? withPhase(slot, phase) : slot)),
  });
  if (phase === 'healthy') onMachineHealthy(turn, machineId);
  if (phase === 'destroyed') onDestroyed(turn, machineId);
}

/** A slot leads to nothing from the moment its machine is given up; the plan for another one follows. */
function withPhase(slot: Slot, phase: Phase): Slot {
  return { ...slot, phase, machineId: isGivenUp(phase) ? null : slot.machineId };
}

function isGivenUp(phase: Phase | null): boolean {
  return phase === 'bricked' || phase === 'retired' || phase === 'destroyed';
}

function onDestroyed(turn: ProjectTurn, machineId: string): void {
  const machine = turn.record.retired.find((one) => one.machineId === machineId);
  if (!machine) return;
  update(turn, { retired: turn.record.retired.filter((one) => one !== machine) });
  notify(turn, {
    kind: 'cleaned-up',
    slot: machine.slot,
    machineId,
    message: `${machineId} was cleaned up; its copies are kept`,
  });
}

function onFinished(turn: ProjectTurn, event: { actionId: string; ok: boolean }): void {
  if (!event.ok) return;
  const action = turn.record.pending.find((one) => one.id === event.actionId);
  if (!action) return;
  update(turn, { pending: turn.record.pending.filter((one) => one !== action) });
  if (action.do !== 'provision') return;
  const { machineId } = action.identity;
  update(turn, {
    plans: turn.record.plans.map((plan) =>
      plan.newMachineId === machineId && plan.step === 'create'
        ? { ...plan, step: 'await-healthy', since: turn.now }
        : plan,
    ),
  });
}

function cleanUp(turn: ProjectTurn): void {
  const due = turn.record.retired.filter((machine) => !machine.destroying && machine.cleanUpAt <= turn.now);
  for (const { machineId } of due) send(turn, { do: 'destroy', machineId });
  if (due.length === 0) return;
  update(turn, {
    retired: turn.record.retired.map((machine) =>
      due.includes(machine) ? { ...machine, destroying: true } : machine,
    ),
  });
}

function dueActions(turn: ProjectTurn): PendingProjectAction[] {
  const due: PendingProjectAction[] = [];
  const pending = turn.record.pending.map((action) => {
    if (action.nextSendAt > turn.now) return action;
    const sent = { ...action, sends: action.sends + 1, nextSendAt: turn.now + resendDelay(action.sends) };
    due.push(sent);
    return sent;
  });
  if (due.length > 0) update(turn, { pending });
  return due;
}

/** The project's next wake: for what must be sent, cleaned up, or tried again after its budget has freed up. */
export function projectWakeAt(record: ProjectRecord, now: number): number | null {
  const times = [
    ...record.pending.map((action) => action.nextSendAt),
    ...record.retired.filter((machine) => !machine.destroying).map((machine) => machine.cleanUpAt),
    ...record.plans
      .filter((plan) => plan.step === 'parked')
      .map((plan) => substitutionBlock(record, plan.slot, now)?.until ?? now),
  ];
  const next = Math.min(...times);
  return next === Infinity ? null : Math.max(now + 1, next);
}
