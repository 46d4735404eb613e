/**
 * A clock that steps back would freeze a machine: everything that is due, and everything that was seen, lies in a
 * future that comes late. A step ahead needs nothing of this; it looks like an absence of ours.
 */
import { RENEWAL_OVERLAP_MS, type Incident, type Policy } from '@fettle/contract';
import type { MachineRecord, MachineState } from './record.ts';
import { OPERATION_MS, SALVAGE_COPY_MS } from './on-observed-given-up.ts';
import { LONGEST_RESEND_MS } from './resend-delay.ts';
import { note, update, type Turn } from './turn.ts';
import { nextCheckAt } from './wake.ts';

/** A clock that is behind by less goes on from what the record has seen; clocks are set right by such steps. */
const PATIENCE_MS = 60_000;

/** The latest time that the record has seen. */
export function seenAt({ lastTickAt, report, state, check }: MachineRecord): number {
  return Math.max(lastTickAt ?? 0, report?.receivedAt ?? 0, state.since, check.startedAt ?? 0);
}

/** The time by which a record decides: the clock, or what was seen already when the clock is a little behind that. */
export function timeFor(record: MachineRecord, clock: number): number {
  const seen = seenAt(record);
  return seen > clock && seen - clock <= PATIENCE_MS ? seen : clock;
}

/** Moves a record whose times lie in the future back onto the clock. As after an absence, we blame ourselves first. */
export function followClock(turn: Turn): void {
  const { record, now, policy } = turn;
  const backMs = seenAt(record) - now;
  if (backMs <= 0) return;
  update(turn, { ...ontoClock(record, now, policy), returnGraceUntil: now + policy.grace.afterReturnMs });
  const seconds = Math.round(backMs / 1000);
  note(turn, 'note', `The clock went back by ${seconds} s; no new incident is opened for a while`);
}

/** What was, was at the latest now; what is due comes after its longest delay at the latest. */
function ontoClock(record: MachineRecord, now: number, policy: Policy): MachineRecord {
  const past = pastOf(now);
  const within = (at: number, longestMs: number) => Math.min(at, now + longestMs);
  const { check, pending, change, report, lag, copy } = record;
  const moved: MachineRecord = {
    ...record,
    state: stateOntoClock(record.state, now, policy),
    pending: pending && {
      ...pending,
      createdAt: past(pending.createdAt),
      nextSendAt: within(pending.nextSendAt, LONGEST_RESEND_MS),
    },
    outbox: record.outbox.map((entry) => ({
      ...entry,
      nextSendAt: within(entry.nextSendAt, LONGEST_RESEND_MS),
    })),
    change: change && { ...change, startedAt: past(change.startedAt) },
    lastTickAt: past(record.lastTickAt),
    startGraceUntil: within(record.startGraceUntil, policy.grace.machineStartMs),
    check: {
      ...check,
      startedAt: past(check.startedAt),
      completedAt: past(check.completedAt),
      firstFailedAt: past(check.firstFailedAt),
      lastFailedAt: past(check.lastFailedAt),
    },
    report: report && { ...report, receivedAt: past(report.receivedAt) },
    lag: lag && { ...lag, since: past(lag.since) },
    order: record.order && { ...record.order, doneAt: past(record.order.doneAt) },
    versionsSince: past(record.versionsSince),
    versionsToldAt: past(record.versionsToldAt),
    ledger: record.ledger.map((entry) => ({
      ...entry,
      firstSeenAt: past(entry.firstSeenAt),
      lastSeenAt: past(entry.lastSeenAt),
      healthySince: past(entry.healthySince),
      provenAt: past(entry.provenAt),
    })),
    spent: record.spent.map((one) => ({ ...one, at: past(one.at) })),
    copy: { ...copy, dueAt: within(copy.dueAt, policy.copies.everyMs) },
    credentials: credentialsOntoClock(record.credentials, now, policy),
  };
  const dueAt = Math.min(check.dueAt, nextCheckAt(moved, policy, now));
  return { ...moved, check: { ...moved.check, dueAt } };
}

function credentialsOntoClock(
  credentials: MachineRecord['credentials'],
  now: number,
  policy: Policy,
): MachineRecord['credentials'] {
  const past = pastOf(now);
  const { bootstrap, renewal, previousRenewal, delivery } = credentials;
  return {
    ...credentials,
    bootstrap: bootstrap && { ...bootstrap, at: past(bootstrap.at) },
    renewal: renewal && { ...renewal, issuedAt: past(renewal.issuedAt) },
    // Never longer than it was meant to be taken.
    previousRenewal: previousRenewal && {
      ...previousRenewal,
      until: previousRenewal.until && Math.min(previousRenewal.until, now + RENEWAL_OVERLAP_MS),
    },
    delivery: delivery && {
      since: past(delivery.since),
      nextAt: Math.min(delivery.nextAt, now + policy.check.intervalMs),
    },
  };
}

function stateOntoClock(state: MachineState, now: number, policy: Policy): MachineState {
  const past = pastOf(now);
  const since = past(state.since);
  switch (state.phase) {
    case 'recovering': {
      const { attempt, permit, evidence, askAgainAt } = state;
      const collectingMs = policy.evidence.timeoutMs + policy.check.callTimeoutMs;
      const longestMs = policy.ladder.find((rung) => rung.level === attempt?.level)?.timeoutMs ?? 0;
      return {
        ...state,
        since,
        incident: incidentOntoClock(state.incident, now),
        attempt: attempt && {
          ...attempt,
          startedAt: past(attempt.startedAt),
          dispatchedAt: past(attempt.dispatchedAt),
          until: Math.min(attempt.until, now + longestMs),
        },
        permit: permit && {
          ...permit,
          grantedAt: past(permit.grantedAt),
          expiresAt: Math.min(permit.expiresAt, now + policy.stormGuard.permitMs),
        },
        evidence: evidence && {
          ...evidence,
          until: Math.min(evidence.until, evidence.actionId === null ? now : now + collectingMs),
        },
        askAgainAt: Math.min(askAgainAt, now + policy.check.intervalMs),
      };
    }
    case 'settling':
      return { ...state, since, incident: incidentOntoClock(state.incident, now) };
    case 'stopping':
    case 'retired':
      return { ...state, since, until: Math.min(state.until ?? Infinity, now + OPERATION_MS) };
    case 'bricked':
      return {
        ...state,
        since,
        incident: incidentOntoClock(state.incident, now),
        salvage: { ...state.salvage, until: Math.min(state.salvage.until, now + SALVAGE_COPY_MS) },
      };
    case 'new':
    case 'provisioning':
    case 'starting':
    case 'healthy':
    case 'suspect':
    case 'stopped':
    case 'destroyed':
      return { ...state, since };
  }
}

function incidentOntoClock(incident: Incident, now: number): Incident {
  const past = pastOf(now);
  return {
    ...incident,
    firstFailedAt: past(incident.firstFailedAt),
    openedAt: past(incident.openedAt),
    healedAt: past(incident.healedAt),
    held: incident.held && { ...incident.held, since: past(incident.held.since) },
    tries: incident.tries.map((one) => ({
      ...one,
      startedAt: past(one.startedAt),
      endedAt: past(one.endedAt),
    })),
  };
}

/** A time that has been cannot lie in the future. */
function pastOf(now: number) {
  return <At extends number | null>(at: At): At => (at !== null && at > now ? (now as At) : at);
}
