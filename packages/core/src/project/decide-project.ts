/**
 * What a project does about its slots: fills them, has bricked machines substituted, cleans up what was replaced, and
 * brings their machines to other versions or away from bad ones.
 * Total, synchronous and without side effects, like `decide` of a machine.
 */
import type {
  AuditEntry,
  Notice,
  Origin,
  Phase,
  Policy,
  Quota,
  RolloutTarget,
  VersionSet,
} from '@fettle/contract';
import { resendDelay } from '../machine/resend-delay.ts';
import type { PermitAnswer, PermitRequest } from '../permit.ts';
import { applyConfig, setPolicy } from './apply-config.ts';
import { onProjectClock } from './clock-step.ts';
import { tellFleet, tellNewMachine } from './fleet-word.ts';
import { onGuardOverridden } from './guard-override.ts';
import { onMachineChanged } from './machine-changed.ts';
import { onAudited, onCommandsRefused, onCredentialsMisused } from './numbered-messages.ts';
import { admitCommand, auditWish } from './people.ts';
import { onPermitRequested } from './permits.ts';
import { onPinned, onUnpinned } from './pins.ts';
import { keepIncidents, onQuarantined, onQuarantineLifted } from './quarantine.ts';
import type { PendingProjectAction, ProjectConfig, ProjectRecord, ToldMachine } from './record.ts';
import { advanceRollout, rolloutWakeAt } from './rollout/advance.ts';
import { onRefreshAsked } from './rollout/begin.ts';
import { beginRevert } from './rollout/leave-quarantined.ts';
import { onRolloutStopped } from './rollout/stop.ts';
import { onBricked, planBlock, resumeParked, type BrickedMachine } from './substitution.ts';
import { onSwept, type SweptMachine } from './sweep.ts';
import { send, update, type ProjectRefusal, type ProjectTurn } from './turn.ts';

export type ProjectEvent =
  | { type: 'woke' }
  | (Wish & { by: Origin })
  | ({ type: 'machine-changed'; phase: Phase } & ToldMachine)
  | ({ type: 'bricked' } & BrickedMachine)
  /** A person commands a machine of the project, if the quota has room for it. */
  | { type: 'command-admitted' }
  /** Numbered messages of a machine: a repeat says nothing. */
  | { type: 'audited'; machineId: string; number: number; entry: AuditEntry }
  | { type: 'credentials-misused'; machineId: string; number: number; at: number }
  | { type: 'commands-refused'; machineId: string; number: number; at: number }
  | ({ type: 'permit-requested'; machineId: string } & PermitRequest)
  | { type: 'swept'; machines: readonly SweptMachine[] }
  | { type: 'finished'; actionId: string; ok: boolean };

/** What a person asks of a project. */
export type Wish =
  | { type: 'applied'; config: ProjectConfig }
  | { type: 'policy-set'; policy: Policy }
  | { type: 'quota-set'; quota: Quota }
  | { type: 'guard-overridden'; forMs: number; reason: string }
  | { type: 'refresh-asked'; target: RolloutTarget; slots: string[] | null }
  | { type: 'rollout-stopped'; revert: boolean; reason: string }
  | { type: 'pinned'; slot: string; reason: string }
  | { type: 'unpinned'; slot: string }
  | { type: 'quarantined'; versions: VersionSet; reason: string }
  | { type: 'quarantine-lifted'; versions: VersionSet; reason: string };

export type ProjectDecision = {
  record: ProjectRecord;
  /** What to send now; empty unless the event came from the alarm. */
  actions: PendingProjectAction[];
  notices: Notice[];
  /** What the audit log is to hold of this, in the order in which it happened. */
  audit: AuditEntry[];
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
  const turn: ProjectTurn = { record, now, notices: [], audit: [], refused: null };
  const permit = take(turn, input.event);
  keepIncidents(turn);
  advanceRollout(turn);
  beginRevert(turn);
  advanceRollout(turn);
  tellFleet(turn, record);
  const actions = input.event.type === 'woke' ? dueActions(turn) : [];
  if (turn.record !== input.record) update(turn, { decidedAt: now });
  return {
    record: turn.record,
    actions,
    notices: turn.notices,
    audit: turn.audit,
    wakeAt: projectWakeAt(turn.record, now),
    permit,
    refused: turn.refused,
  };
}

/** A wish of a person is counted, carried out and told to the audit log, or refused with nothing done. */
function take(turn: ProjectTurn, event: ProjectEvent): PermitAnswer | null {
  if (!('by' in event)) return apply(turn, event);
  const before = turn.record;
  admitCommand(turn, event.type);
  if (turn.refused !== null) return null;
  apply(turn, event);
  if (turn.refused === null) auditWish(turn, { wish: event, by: event.by, before });
  else update(turn, before);
  return null;
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
    case 'machine-changed': {
      const { type: _type, ...change } = event;
      onMachineChanged(turn, change);
      return null;
    }
    case 'bricked':
      onBricked(turn, event);
      return null;
    case 'quota-set':
      update(turn, { quota: event.quota });
      return null;
    case 'command-admitted':
      admitCommand(turn, null);
      return null;
    case 'audited':
      onAudited(turn, event);
      return null;
    case 'credentials-misused':
      onCredentialsMisused(turn, event);
      return null;
    case 'commands-refused':
      onCommandsRefused(turn, event);
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
      onRefreshAsked(turn, event);
      return null;
    case 'rollout-stopped':
      onRolloutStopped(turn, event);
      return null;
    case 'pinned':
      onPinned(turn, event);
      return null;
    case 'unpinned':
      onUnpinned(turn, event);
      return null;
    case 'quarantined':
      onQuarantined(turn, event);
      return null;
    case 'quarantine-lifted':
      onQuarantineLifted(turn, event);
      return null;
  }
}

function onFinished(turn: ProjectTurn, event: Extract<ProjectEvent, { type: 'finished' }>): void {
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
  tellNewMachine(turn, machineId);
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

/**
 * The project's next wake: for what must be sent, cleaned up, or tried again after its budget has freed up, and for what
 * a rollout waits for.
 */
export function projectWakeAt(record: ProjectRecord, now: number): number | null {
  const times = [
    ...record.pending.map((action) => action.nextSendAt),
    ...record.retired.filter((machine) => !machine.destroying).map((machine) => machine.cleanUpAt),
    ...record.plans
      .filter((plan) => plan.step === 'parked')
      .map((plan) => planBlock(record, plan, now)?.until ?? now),
    rolloutWakeAt(record, now) ?? Infinity,
  ];
  const next = Math.min(...times);
  return next === Infinity ? null : Math.max(now + 1, next);
}
