/** The life of an incident: opened by failed checks, written on by every try, closed once a success has settled. */
import type { Diagnosis, Incident, Level, LevelTry, StepReason, Verdict } from '@fettle/contract';

type TryEnd = { outcome: 'healed' | 'failed'; reason: StepReason | null; message: string };

/** A new incident, from the first failed check that led to it. */
export function newIncident(input: {
  number: number;
  firstFailedAt: number;
  now: number;
  verdict: Verdict;
  diagnosis: Diagnosis;
}): Incident {
  return {
    number: input.number,
    firstFailedAt: input.firstFailedAt,
    openedAt: input.now,
    cause: input.verdict.findings,
    diagnosis: input.diagnosis,
    tries: [],
    evidence: [],
    held: null,
    healedAt: null,
    closedAt: null,
    outcome: null,
    healedBy: null,
  };
}

/** Adds a level that was passed over, or would have been; what was held stays held. */
export function withSkip(
  incident: Incident,
  step: { level: Level; reason: StepReason; message: string },
  outcome: 'skipped' | 'shadow',
  now: number,
): Incident {
  const skipped = { ...step, attempt: 0, outcome, startedAt: now, endedAt: now };
  return { ...incident, tries: [...incident.tries, skipped] };
}

/** Adds a try. */
export function withTry(incident: Incident, one: LevelTry): Incident {
  return { ...incident, tries: [...incident.tries, one], held: null };
}

/** Ends the try that is open. One that was only watched stays what it is. */
export function endTry(incident: Incident, end: TryEnd, now: number): Incident {
  return {
    ...incident,
    tries: incident.tries.map((one) => (one.endedAt === null ? endedTry(one, end, now) : one)),
  };
}

function endedTry(one: LevelTry, end: TryEnd, now: number): LevelTry {
  const ended = { ...one, message: `${one.message}: ${end.message}`, endedAt: now };
  return one.outcome === 'shadow' ? ended : { ...ended, outcome: end.outcome, reason: end.reason };
}

/** Takes back the last success: the machine got sick again before it had settled. */
export function relapse(incident: Incident): Incident {
  const last = incident.tries.at(-1);
  const tries = incident.tries.map((one) =>
    one === last && one.outcome === 'healed'
      ? { ...one, outcome: 'failed' as const, reason: 'relapsed' as const }
      : one,
  );
  return { ...incident, tries, healedAt: null, healedBy: null };
}

/** Says why nothing is done now; keeps the moment since when. The same incident when nothing about it is new. */
export function hold(incident: Incident, reason: StepReason, message: string, now: number): Incident {
  if (incident.held?.reason === reason && incident.held.message === message) return incident;
  const since = incident.held?.reason === reason ? incident.held.since : now;
  return { ...incident, held: { reason, message, since } };
}

/** Closes the incident. */
export function close(
  incident: Incident,
  outcome: 'healed' | 'bricked' | 'cancelled',
  now: number,
): Incident {
  return { ...incident, held: null, outcome, closedAt: now };
}

/** The level that was tried last: what a machine that gets well owes it to, 0 when nothing was tried. */
export function lastTriedLevel(incident: Incident): number {
  return incident.tries.findLast((one) => one.outcome !== 'skipped' && one.outcome !== 'shadow')?.level ?? 0;
}

/** The level an incident stands at: of the try that runs, else of the last one; `null` before the first. */
export function currentLevel(incident: Incident): Level | null {
  return (incident.tries.findLast((one) => one.endedAt === null) ?? incident.tries.at(-1))?.level ?? null;
}
