/**
 * Replaces a bricked machine behind its slot: a new machine with the newest good copy of the data, then the slot is
 * moved, then the old machine is retired. The order matters: nothing old is ended before something new is healthy.
 */
import type { DataCopy, VersionRefs } from '@fettle/contract';
import { auditText } from '../audit.ts';
import { machineIdOf, presentMachines, type Plan, type ProjectRecord } from './record.ts';
import { roomForMachines } from './quota.ts';
import { startVersions } from './start-versions.ts';
import {
  recentSubstitutions,
  substitutionBlock,
  substitutionPrice,
  type Block,
} from './substitution-budget.ts';
import { notify, send, tellAudit, update, type ProjectTurn } from './turn.ts';

/** A slot's history is kept this far back. */
const MOST_MACHINES = 50;

/** A machine that was given up: what is left of it, and what a replacement is to run. */
export type BrickedMachine = {
  machineId: string;
  copy: DataCopy | null;
  /** Age of that copy when the machine was given up. */
  copyAgeMs: number | null;
  versions: VersionRefs;
  /** `null`: the image of new machines. */
  image: string | null;
};

/**
 * A machine was given up. Handled once for any number of notices: only the newest machine of a slot starts anything,
 * and only as long as no plan replaces it.
 */
export function onBricked(turn: ProjectTurn, event: BrickedMachine): void {
  const { record, now } = turn;
  const { machineId, copy, versions, image } = event;
  const slot = record.slots.find((one) => one.machines[0] === machineId);
  const present = record.plans.find((plan) => plan.slot === slot?.slot);
  const failed = present?.newMachineId === machineId ? present : undefined;
  if (!slot || (present && !failed)) return;
  notify(turn, { kind: 'bricked', slot: slot.slot, machineId, message: `${machineId} was given up` });
  tellAudit(turn, { action: 'machine.bricked', subject: machineId, before: null, after: null });
  if (!failed) tellOldCopy(turn, slot.slot, event);
  update(turn, {
    slots: record.slots.map((one) => (one === slot ? { ...one, machineId: null, phase: 'bricked' } : one)),
    plans: record.plans.filter((plan) => plan !== failed),
  });
  // A replacement that never got healthy has no data of its own: what it was made from is still the newest good copy.
  if (failed) retire(turn, machineId, slot.slot);
  const plan: Plan = {
    slot: slot.slot,
    kind: failed?.kind === 'fill' ? 'fill' : 'substitute',
    step: 'create',
    oldMachineId: failed ? failed.oldMachineId : machineId,
    newMachineId: machineIdOf(record, slot.slot, slot.generation + 1),
    copy: failed ? failed.copy : (copy ?? slot.copy),
    versions: failed ? failed.versions : versions,
    image: failed ? failed.image : (image ?? record.template.image),
    startedAt: failed?.startedAt ?? now,
    since: now,
  };
  admit(turn, plan);
}

/** Starts a plan if the budgets allow; parks it otherwise, and says so. */
function admit(turn: ProjectTurn, plan: Plan): void {
  const { record, now } = turn;
  const block = planBlock(record, plan, now);
  const start = startVersions(record, plan);
  if (block !== null || start === null) {
    const message = `${plan.slot} waits for a person, or for its budget. ${block?.message}`;
    notify(turn, { kind: 'parked', slot: plan.slot, machineId: plan.newMachineId, message });
    update(turn, { plans: [...record.plans, { ...plan, step: 'parked' }] });
    return;
  }
  makeRoom(turn);
  const { organization, project, template } = record;
  const generation = Number(plan.newMachineId.split('.')[2]);
  update(turn, {
    substitutions: [
      ...recentSubstitutions(record, now),
      { slot: plan.slot, at: now, cost: substitutionPrice(record.policy) },
    ],
    plans: [...record.plans, { ...plan, ...start }],
    slots: record.slots.map((slot) =>
      slot.slot === plan.slot
        ? {
            ...slot,
            generation,
            machines: [plan.newMachineId, ...slot.machines].slice(0, MOST_MACHINES),
            phase: null,
          }
        : slot,
    ),
  });
  // One that waited long for its turn may have been cleaned up by now: what it told last says nothing any more.
  const present = presentMachines(turn.record);
  update(turn, { told: turn.record.told.filter((one) => present.includes(one.machineId)) });
  send(turn, {
    do: 'provision',
    identity: {
      machineId: plan.newMachineId,
      organization,
      project,
      slot: plan.slot,
      generation,
      type: template.type,
    },
    ...start,
    restoreCopyId: plan.copy?.copyId ?? null,
  });
}

/**
 * The quota never keeps a slot of the project from being healed: each has at most one machine more while it is
 * substituted. Instead the machine that has waited longest for its clean-up goes now.
 */
function makeRoom(turn: ProjectTurn): void {
  const { record, now } = turn;
  if (roomForMachines(record) > 0) return;
  const waiting = record.retired.filter((one) => !one.destroying && one.cleanUpAt > now);
  const [oldest] = waiting.toSorted((a, b) => a.retiredAt - b.retiredAt);
  if (oldest === undefined) return;
  update(turn, { retired: record.retired.map((one) => (one === oldest ? { ...one, cleanUpAt: now } : one)) });
}

/** What keeps a plan from being carried out; `null` when nothing does. */
export function planBlock(record: ProjectRecord, plan: Plan, now: number): Block | null {
  const block = substitutionBlock(record, plan.slot, now);
  if (startVersions(record, plan) !== null) return block;
  return { until: Infinity, message: 'All versions that it could start with are quarantined' };
}

/** Tries parked plans again that nothing keeps any more. */
export function resumeParked(turn: ProjectTurn): void {
  for (const plan of turn.record.plans.filter((one) => one.step === 'parked')) {
    if (planBlock(turn.record, plan, turn.now) !== null) continue;
    update(turn, { plans: turn.record.plans.filter((one) => one !== plan) });
    admit(turn, { ...plan, step: 'create', since: turn.now });
  }
}

/** A machine that a plan waits for is healthy: the slot is moved to it, and the one it replaces is retired. */
export function onMachineHealthy(turn: ProjectTurn, machineId: string): void {
  const plan = turn.record.plans.find((one) => one.newMachineId === machineId && one.step !== 'parked');
  if (!plan) return;
  update(turn, {
    plans: turn.record.plans.filter((one) => one !== plan),
    slots: turn.record.slots.map((slot) =>
      slot.slot === plan.slot ? { ...slot, machineId, copy: plan.copy } : slot,
    ),
  });
  if (plan.oldMachineId === null) return;
  tellAudit(turn, {
    action: 'slot.substituted',
    subject: `${turn.record.project}/${plan.slot}`,
    before: auditText({ machineId: plan.oldMachineId }),
    after: auditText({ machineId, copy: plan.copy?.copyId ?? null }),
  });
  retire(turn, plan.oldMachineId, plan.slot);
  notify(turn, {
    kind: 'substituted',
    slot: plan.slot,
    machineId,
    message: `${plan.slot} leads to ${machineId} now, which replaced ${plan.oldMachineId} ${describeCopy(turn, plan)}`,
  });
}

/** What the machine wrote since its newest copy is on its own disk only, which is kept for a while. */
function tellOldCopy(turn: ProjectTurn, slot: string, { machineId, copy, copyAgeMs }: BrickedMachine): void {
  const { oldAfterMs } = turn.record.policy.copies;
  const isOld = copyAgeMs === null ? copy === null : copyAgeMs > oldAfterMs;
  if (!isOld) return;
  const message =
    copyAgeMs === null
      ? `${machineId} was given up, and there is no copy of its data`
      : `${machineId} was given up, and its newest copy is ${Math.round(copyAgeMs / 60_000)} min old`;
  notify(turn, { kind: 'old-copy', slot, machineId, message });
}

function describeCopy(turn: ProjectTurn, plan: Plan): string {
  if (plan.copy === null) return 'without data: there was no copy';
  const age = Math.round((turn.now - plan.copy.takenAt) / 1000);
  return `with the data of ${age} s ago (copy ${plan.copy.copyId})`;
}

/** Fences a machine for good and marks it for clean-up. */
function retire(turn: ProjectTurn, machineId: string, slot: string): void {
  const { record, now } = turn;
  send(turn, { do: 'retire', machineId });
  tellAudit(turn, { action: 'machine.retired', subject: machineId, before: null, after: null });
  const retired = {
    machineId,
    slot,
    retiredAt: now,
    cleanUpAt: now + record.policy.retainReplacedMs,
    destroying: false,
  };
  update(turn, {
    retired: [...turn.record.retired, retired],
    permits: turn.record.permits.filter((permit) => permit.machineId !== machineId),
    told: turn.record.told.filter((one) => one.machineId !== machineId),
    held: turn.record.held.filter((one) => one.machineId !== machineId),
  });
}
