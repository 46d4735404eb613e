/** Recovery that is held: nothing is done about the machine now, and the incident says why. */
import type { StepReason } from '@fettle/contract';
import { hold } from './incident.ts';
import type { Attempt } from './record.ts';
import { note, tellIncident, update, type Turn } from './turn.ts';

/** Holds recovery. The timeline tells it when the reason is new, however often it is said. */
export function holdRecovery(turn: Turn, reason: StepReason, message: string): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  const incident = hold(state.incident, reason, message, turn.now);
  if (incident === state.incident) return;
  if (state.incident.held?.reason !== reason) note(turn, 'level', `held: ${message}`);
  tellIncident(turn, incident);
  update(turn, { state: { ...state, incident } });
}

/** A try with time that was lost given back: never more than a whole try has, whatever the clocks have done. */
export function withTime(attempt: Attempt, lostMs: number, { now, policy }: Turn): Attempt {
  const rung = policy.ladder.find(({ level }) => level === attempt.level);
  const whole = now + (rung?.timeoutMs ?? 0);
  return { ...attempt, until: Math.min(attempt.until + lostMs, whole) };
}

/**
 * Lets recovery go on that was held because the failure did not lie in the machine. A try that ran meanwhile gets that
 * time back: nobody could see whether it worked.
 */
export function releaseRecovery(turn: Turn): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering' || state.incident.held?.reason !== 'not-the-machine') return;
  const incident = { ...state.incident, held: null };
  const lostMs = turn.now - state.incident.held.since;
  const attempt = state.attempt && withTime(state.attempt, lostMs, turn);
  note(turn, 'level', `goes on after ${Math.round(lostMs / 1000)} s`);
  tellIncident(turn, incident);
  update(turn, { state: { ...state, incident, attempt } });
}
