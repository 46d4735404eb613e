/** A project whose clock steps back: its leases, delays and clean-ups must not come late by that much. */
import type { Policy, Wave } from '@fettle/contract';
import { LONGEST_RESEND_MS } from '../machine/resend-delay.ts';
import type { ProjectRecord, RolloutRecord, ToldMachine } from './record.ts';

/** A clock that is behind by less goes on from what the record has seen. */
const PATIENCE_MS = 60_000;

/** The record and the time by which it decides. The same record when its times do not lie in the future. */
export function onProjectClock(record: ProjectRecord, clock: number): { record: ProjectRecord; now: number } {
  const backMs = record.decidedAt - clock;
  if (backMs <= 0) return { record, now: clock };
  if (backMs <= PATIENCE_MS) return { record, now: record.decidedAt };
  return { record: ontoClock(record, clock, record.policy), now: clock };
}

/** What was, was at the latest now; what is due comes after its longest delay at the latest. */
function ontoClock(record: ProjectRecord, now: number, policy: Policy): ProjectRecord {
  const past = (at: number) => Math.min(at, now);
  const { guardOverride, decidedAt, watch } = record;
  return {
    ...record,
    decidedAt: now,
    pending: record.pending.map((action) => ({
      ...action,
      nextSendAt: Math.min(action.nextSendAt, now + LONGEST_RESEND_MS),
    })),
    plans: record.plans.map((plan) => ({
      ...plan,
      startedAt: past(plan.startedAt),
      since: past(plan.since),
    })),
    // Never sooner after its retirement than it would have been: the whole stretch is moved.
    retired: record.retired.map((machine) => ({
      ...machine,
      retiredAt: past(machine.retiredAt),
      cleanUpAt: machine.cleanUpAt - Math.max(0, machine.retiredAt - now),
    })),
    permits: record.permits.map((permit) => ({
      ...permit,
      expiresAt: Math.min(permit.expiresAt, now + policy.stormGuard.permitMs),
    })),
    spent: record.spent.map((one) => ({ ...one, at: past(one.at) })),
    told: record.told.map((one) => toldOntoClock(one, now)),
    rollout: record.rollout && rolloutOntoClock(record.rollout, now),
    quarantines: record.quarantines.map((one) => ({ ...one, since: past(one.since) })),
    pins: record.pins.map((one) => ({ ...one, since: past(one.since) })),
    sickened: record.sickened.map((one) => ({ ...one, at: past(one.at) })),
    proven: record.proven.map((one) => ({
      ...one,
      provenAt: past(one.provenAt),
      lastSeenAt: past(one.lastSeenAt),
    })),
    incidents: record.incidents.map((one) => ({
      ...one,
      openedAt: past(one.openedAt),
      closedAt: pastOrNever(one.closedAt, now),
    })),
    substitutions: record.substitutions.map((one) => ({ ...one, at: past(one.at) })),
    // A minute that lies ahead would be counted for longer than an hour.
    commands: commandsOntoClock(record.commands, now),
    // What is left of it, and no more.
    guardOverride: guardOverride && {
      ...guardOverride,
      until: Math.max(past(guardOverride.until), guardOverride.until - (decidedAt - now)),
    },
    watch: watch && { ...watch, sweptAt: past(watch.sweptAt) },
  };
}

function commandsOntoClock(commands: ProjectRecord['commands'], now: number): ProjectRecord['commands'] {
  const minute = Math.floor(now / 60_000);
  const past = commands.filter((one) => one.minute <= minute);
  const ahead = commands.filter((one) => one.minute > minute).reduce((sum, one) => sum + one.count, 0);
  if (ahead === 0) return past;
  const count = (past.find((one) => one.minute === minute)?.count ?? 0) + ahead;
  return [...past.filter((one) => one.minute !== minute), { minute, count }];
}

/** A bake that lies in the future would last longer than the policy says. */
function toldOntoClock(told: ToldMachine, now: number): ToldMachine {
  return {
    ...told,
    versionsSince: pastOrNever(told.versionsSince, now),
    healthySince: pastOrNever(told.healthySince, now),
    incidentAt: pastOrNever(told.incidentAt, now),
  };
}

function rolloutOntoClock(rollout: RolloutRecord, now: number): RolloutRecord {
  const wave = (one: Wave): Wave => ({
    ...one,
    startedAt: Math.min(one.startedAt, now),
    endedAt: pastOrNever(one.endedAt, now),
  });
  return {
    ...rollout,
    startedAt: Math.min(rollout.startedAt, now),
    endedAt: pastOrNever(rollout.endedAt, now),
    turnedAt: pastOrNever(rollout.turnedAt, now),
    waves: rollout.waves.map(wave),
    back: rollout.back.map(wave),
  };
}

function pastOrNever(at: number | null, now: number): number | null {
  return at === null ? null : Math.min(at, now);
}
