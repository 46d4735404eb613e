/** What a person asks of a project: counted against its quota, and told to the audit log with what it changed. */
import type { Origin } from '@fettle/contract';
import { auditText, difference } from '../audit.ts';
import type { Wish } from './decide-project.ts';
import { hasRoomForCommand, withCommand } from './quota.ts';
import type { ProjectRecord } from './record.ts';
import { refuse, update, type ProjectTurn } from './turn.ts';

/** What stops harm, and what gives a project room again: counted, and never refused for want of room. */
const ALWAYS_TAKEN: readonly Wish['type'][] = ['quota-set', 'rollout-stopped', 'quarantined'];

/** The procedure that each wish comes from. */
const ACTIONS: Record<Wish['type'], string> = {
  applied: 'projects.apply',
  'policy-set': 'projects.setPolicy',
  'quota-set': 'projects.setQuota',
  'guard-overridden': 'projects.overrideGuard',
  'refresh-asked': 'projects.refreshCode',
  'rollout-stopped': 'projects.stopRollout',
  pinned: 'projects.pin',
  unpinned: 'projects.unpin',
  quarantined: 'projects.quarantine',
  'quarantine-lifted': 'projects.liftQuarantine',
};

/** A command of a person: to the project, or to one of its machines. Refused when the hour has no room for it. */
export function admitCommand(turn: ProjectTurn, wish: Wish['type'] | null): void {
  const { record, now } = turn;
  if ((wish === null || !ALWAYS_TAKEN.includes(wish)) && !hasRoomForCommand(record, now))
    return refuse(
      turn,
      'QUOTA_EXCEEDED',
      `quota.commandsPerHour: ${record.quota.commandsPerHour} commands came within the last hour, and no more may`,
    );
  update(turn, { commands: withCommand(record, now) });
}

/** Tells the audit log of a wish that was carried out, before what follows from it. */
export function auditWish(
  turn: ProjectTurn,
  { wish, by, before }: { wish: Wish; by: Origin; before: ProjectRecord },
): void {
  const changed = difference(auditable(before), auditable(turn.record));
  turn.audit.unshift({
    at: turn.now,
    actor: by.actor,
    action: ACTIONS[wish.type],
    subject: 'slot' in wish ? `${before.project}/${wish.slot}` : before.project,
    before: changed.before,
    after: changed.after ?? auditText({ asked: withoutOrigin(wish) }),
    requestId: by.requestId,
  });
}

/** What of a project a person can change, with the slots and pins by their names: so that only what differs is told. */
function auditable(record: ProjectRecord) {
  const { template, policy, quota, slots, pins, quarantines, guardOverride, rollout } = record;
  return {
    template,
    policy,
    quota,
    slots: Object.fromEntries(slots.map(({ slot }) => [slot, true])),
    pins: Object.fromEntries(pins.map(({ slot, reason }) => [slot, reason])),
    quarantines: quarantines.map(({ versions, reason, by }) => ({ versions, reason, by })),
    guardOverride,
    rollout: rollout && {
      number: rollout.number,
      kind: rollout.kind,
      target: rollout.target,
      state: rollout.state,
      message: rollout.message,
    },
  };
}

function withoutOrigin(wish: Wish & { by?: Origin }): Wish {
  const { by: _by, ...rest } = wish;
  return rest;
}
