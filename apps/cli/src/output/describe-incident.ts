import type { Diagnosis } from '@fettle/contract/failure-domain';
import type { Incident } from '@fettle/contract/recovery';
import { formatClock, formatSeconds } from './age.ts';
import { clean } from './table.ts';

/** An incident as a short story: what was found, which levels were tried or skipped and why, how it ended. */
export function describeIncident(machineId: string, incident: Incident): string {
  const { number, firstFailedAt, openedAt, cause, diagnosis, tries, held, evidence } = incident;
  const lines = [
    `${machineId}  incident ${number}  ${outcomeOf(incident)}`,
    `  first failed check ${formatClock(firstFailedAt)}, opened ${formatClock(openedAt)}`,
    ...cause.map(({ message }) => `  found: ${clean(message)}`),
    `  where: ${describeDiagnosis(diagnosis)}`,
    ...tries.map((one) => `  ${describeTry(one)}`),
    ...(evidence.length === 0
      ? []
      : [`  evidence: ${evidence.map((id) => `${machineId}/${id}`).join(', ')}`]),
  ];
  if (held !== null) lines.push(`  ${describeHeld(held)}`);
  return lines.join('\n');
}

/** One step of the ladder on one line. */
export function describeTry({
  level,
  attempt,
  outcome,
  message,
  startedAt,
  endedAt,
}: Incident['tries'][number]): string {
  if (outcome === 'skipped') return `level ${level} skipped: ${clean(message)}`;
  if (outcome === 'shadow')
    return `level ${level} would be ${attempt === 0 ? 'skipped' : 'tried'} (shadow mode): ${clean(message)}`;
  const took = endedAt === null ? '' : ` after ${formatSeconds(endedAt - startedAt)}`;
  return `level ${level}, try ${attempt}: ${outcome}${took}: ${clean(message)}`;
}

/** Where a failure lies, and by what evidence. */
export function describeDiagnosis({ domain, message }: Diagnosis): string {
  return `${domain}: ${clean(message)}`;
}

/** Why nothing is done at the moment, and since when. */
export function describeHeld({ reason, message, since }: NonNullable<Incident['held']>): string {
  return `held since ${formatClock(since)} (${reason}): ${clean(message)}`;
}

function outcomeOf({ firstFailedAt, healedAt, healedBy, closedAt, outcome }: Incident): string {
  if (outcome === 'bricked') return 'given up (level 4)';
  if (outcome === 'cancelled') return 'ended by an operator';
  if (healedAt === null) return 'open';
  const how = healedBy === 0 ? 'got well by itself' : `healed by level ${healedBy}`;
  return `${how} after ${formatSeconds(healedAt - firstFailedAt)}${closedAt === null ? ', settling' : ''}`;
}
