/**
 * The next step of a machine whose incident is open: chosen from the ladder, with leave of the project above level 1,
 * and stored as a try before it is sent. A policy that only watches walks the same ladder and sends nothing.
 */
import type { Level } from '@fettle/contract';
import { spend } from './budget.ts';
import { hasEvidence } from './collect-evidence.ts';
import { holdRecovery } from './hold-recovery.ts';
import { endTry, withSkip, withTry } from './incident.ts';
import { chooseStep, type LadderChoice } from './ladder.ts';
import { copyAge } from './on-observed-given-up.ts';
import { failOrder } from './orders.ts';
import { planSalvage, SALVAGE_STOP_MS } from './plan-salvage.ts';
import { isGone, type MachineRecord } from './record.ts';
import { enter, note, start, tellIncident, update, type Turn } from './turn.ts';

type Recovering = Extract<MachineRecord['state'], { phase: 'recovering' }>;
type Try = Extract<LadderChoice['next'], { kind: 'try' }>;

export function planRecovery(turn: Turn): void {
  endShadowTry(turn);
  const { record, now, policy } = turn;
  const { state } = record;
  if (state.phase !== 'recovering' || state.attempt !== null || isLookOld(record, state)) return;
  const { skipped, next } = chooseStep({ record, tries: state.incident.tries, policy, now });
  for (const one of skipped) passOver(turn, one);
  if (next.kind === 'hold') return holdRecovery(turn, next.reason, next.message);
  // There is nothing above giving up: what would be done has been said, and stands until the policy acts.
  const isShown = next.kind === 'give-up' && state.incident.held?.reason === 'shadow-mode';
  if (isShown && policy.mode === 'shadow') return;
  if (!hasLeave(turn, next) || !hasEvidence(turn, stepOf(next))) return;
  if (next.kind === 'try') return policy.mode === 'shadow' ? watchTry(turn, next) : carryOut(turn, next);
  if (policy.mode === 'act') return giveUp(turn);
  holdRecovery(
    turn,
    'shadow-mode',
    'would give the machine up and have it substituted (level 4; shadow mode)',
  );
}

/** A policy that acts begins where it would have begun: what was only watched is over. */
function endShadowTry(turn: Turn): void {
  const { state } = turn.record;
  if (turn.policy.mode === 'shadow' || state.phase !== 'recovering') return;
  if (state.attempt === null || state.attempt.actionId !== null) return;
  const end = { outcome: 'failed', reason: null, message: 'the policy acts from here on' } as const;
  const incident = endTry(state.incident, end, turn.now);
  update(turn, { state: { ...state, incident, attempt: null } });
}

/** A step is chosen on what was seen in this incident, and since evidence was collected, never on an older look. */
function isLookOld({ check }: MachineRecord, { incident, evidence }: Recovering): boolean {
  const lookedAt = check.completedAt ?? 0;
  const lastTry = incident.tries.findLast((one) => one.attempt > 0);
  if (lookedAt < (lastTry?.endedAt ?? incident.openedAt)) return true;
  return evidence?.actionId === null && lookedAt <= evidence.until;
}

function stepOf(next: Exclude<LadderChoice['next'], { kind: 'hold' }>): { level: Level; attempt: number } {
  return next.kind === 'give-up'
    ? { level: 4, attempt: 1 }
    : { level: next.rung.level, attempt: next.attempt };
}

function passOver(turn: Turn, skipped: LadderChoice['skipped'][number]): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  const isShadow = turn.policy.mode === 'shadow';
  const incident = withSkip(state.incident, skipped, isShadow ? 'shadow' : 'skipped', turn.now);
  note(
    turn,
    'level',
    `level ${skipped.level} ${isShadow ? 'would be skipped' : 'skipped'}: ${skipped.message}`,
  );
  tellIncident(turn, incident);
  update(turn, { state: { ...state, incident } });
}

/** Whether the project lets this step be taken; it is asked if nothing is known. Level 1 disturbs nobody. */
function hasLeave(turn: Turn, next: Exclude<LadderChoice['next'], { kind: 'hold' }>): boolean {
  const { record, now } = turn;
  const { state, host, versions } = record;
  const { level, attempt } = stepOf(next);
  if (state.phase !== 'recovering' || level === 1) return state.phase === 'recovering';
  const step = `${state.incident.number}/${level}/${attempt}`;
  if (state.permit !== null && state.permit.step === step && state.permit.expiresAt > now)
    return next.kind === 'try' || isSeenSince(record, state.permit.grantedAt);
  if (now >= state.askAgainAt)
    start(turn, { do: 'request-permit', level, step, host, gone: isGone(record), versions });
  return false;
}

/**
 * Whether a machine that is said to be gone is so after leave was given. What said it may have been wrong about several,
 * and mended: then leave comes when the first of them is seen again, and the others' last look is from before.
 */
function isSeenSince(record: MachineRecord, grantedAt: number): boolean {
  const { startedAt, completedAt } = record.check;
  if (!isGone(record)) return true;
  return startedAt !== null && startedAt > grantedAt && completedAt !== null && completedAt >= startedAt;
}

function carryOut(turn: Turn, next: Try): void {
  const { ref } = start(turn, next.action);
  note(turn, 'level', `level ${next.rung.level}, try ${next.attempt}: ${next.message}`);
  keepTry(turn, next, ref.id);
}

/** The try is kept with its time, and nothing is sent. */
function watchTry(turn: Turn, next: Try): void {
  note(turn, 'level', `would ${next.message} (level ${next.rung.level}; shadow mode)`);
  keepTry(turn, next, null);
}

function keepTry(turn: Turn, { rung, attempt, message }: Try, actionId: string | null): void {
  const { record, now, policy } = turn;
  const { state, versions: from } = record;
  if (state.phase !== 'recovering') return;
  const { level } = rung;
  const shape =
    actionId === null
      ? ({ outcome: 'shadow', reason: 'shadow-mode' } as const)
      : ({ outcome: 'running', reason: null } as const);
  const incident = withTry(state.incident, {
    level,
    attempt,
    ...shape,
    message,
    startedAt: now,
    endedAt: null,
  });
  tellIncident(turn, incident);
  const until = now + rung.timeoutMs;
  update(turn, {
    state: {
      ...state,
      incident,
      attempt: { level, actionId, startedAt: now, dispatchedAt: null, until, from },
      // Leave and evidence are for one step, and the next one has not been asked for.
      permit: null,
      evidence: null,
      askAgainAt: now,
    },
    spent: spend({ spent: record.spent, level, budgets: policy.budgets, now }),
  });
}

/** Gives the machine up. From here no report, check or command brings it back. */
function giveUp(turn: Turn): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  const incident = {
    ...withTry(state.incident, {
      level: 4,
      attempt: 1,
      outcome: 'running',
      reason: null,
      message: 'give the machine up and have it substituted',
      startedAt: turn.now,
      endedAt: null,
    }),
    outcome: 'bricked' as const,
  };
  note(turn, 'level', 'level 4: the machine is given up and will be substituted');
  noteOldCopy(turn);
  tellIncident(turn, incident);
  failOrder(turn, 'the machine was given up');
  const salvage = { step: 'stop', actionId: null, until: turn.now + SALVAGE_STOP_MS } as const;
  update(turn, { commands: [], change: null });
  enter(
    turn,
    { phase: 'bricked', since: turn.now, incident, salvage },
    'every lower level was tried or had to be skipped',
  );
  planSalvage(turn);
}

/** Says what a replacement would lose, while what is left on the disk may still be saved. */
function noteOldCopy(turn: Turn): void {
  const ageMs = copyAge(turn.record, turn.now);
  if (ageMs === null) return note(turn, 'copy', 'there is no copy of its data');
  if (ageMs > turn.policy.copies.oldAfterMs)
    note(turn, 'copy', `the newest copy of its data is ${Math.round(ageMs / 60_000)} min old`);
}
