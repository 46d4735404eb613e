/** What holds for incidents: when they open, what is tried, with whose leave, and how they end. */
import type { LevelTry } from '@fettle/contract';
import type { MachineEvent } from '../../machine/event.ts';
import { isActionable } from '../../machine/diagnose.ts';
import { openIncident } from '../../machine/record.ts';
import { changedIncident, isSameState, newTries, timeOf, type Invariant } from './step.ts';

export const RECOVERY = {
  'an incident needs enough failed checks, spread over time': (step) => {
    const { before, policy } = step;
    const { record } = step.decision;
    if (record.incidents === before.incidents || before.state.phase === 'provisioning') return null;
    const { failed, gone, firstFailedAt } = record.check;
    const { unhealthyAfter, goneAfter, intervalMs } = policy.check;
    if (failed < unhealthyAfter && gone < goneAfter) return `${failed} failed, ${gone} gone`;
    const spread = ((Math.min(unhealthyAfter, goneAfter) - 1) * intervalMs) / 2;
    const within = firstFailedAt === null ? 0 : timeOf(step) - firstFailedAt;
    return within < spread ? `within ${within} ms` : null;
  },

  'nothing is declared sick just after we were away': (step) => {
    const { state, returnGraceUntil } = step.decision.record;
    const { phase } = step.before.state;
    if (state.phase !== 'recovering' || phase === 'recovering' || phase === 'provisioning') return null;
    return timeOf(step) < returnGraceUntil ? 'an incident' : null;
  },

  'a level never goes down within an incident': (step) => {
    const tried =
      changedIncident(step)?.tries.filter(
        (one, index, all) => isReal(one) && !isReconsidered(one, all.slice(0, index)),
      ) ?? [];
    return tried.some((one, index) => one.level < (tried[index - 1]?.level ?? 0)) ? levels(tried) : null;
  },

  'what was tried in an incident is never forgotten': ({ before, decision }) => {
    if (decision.record.state === before.state) return null;
    const was = openIncident(before.state);
    const is = openIncident(decision.record.state);
    if (was === null || is === null || was.number !== is.number) return null;
    return is.tries.length < was.tries.length ? `${was.tries.length} -> ${is.tries.length} tries` : null;
  },

  'only a failure that lies in the machine is acted on': (step) => {
    const { diagnosis } = step.decision.record;
    const tried = newTries(step).filter((one) => one.attempt > 0);
    return tried.length === 0 || diagnosis === null || isActionable(diagnosis.domain)
      ? null
      : `level ${levels(tried)} for a failure of the ${diagnosis.domain}`;
  },

  'a failure that lies elsewhere costs no try': (step) => {
    const { before, event, decision, policy } = step;
    const { diagnosis, state } = decision.record;
    if (event.type !== 'observed' || event.actionId !== before.pending?.ref.id) return null;
    if (diagnosis === null || isActionable(diagnosis.domain)) return null;
    if (before.state.phase !== 'recovering' || state.phase !== 'recovering') return null;
    const { attempt } = before.state;
    if (attempt === null) return null;
    // The policy began to act during the look. That ends what was only watched, which counts for nothing from then on.
    if (attempt.actionId === null && state.attempt === null && policy.mode === 'act') return null;
    return state.attempt?.actionId === attempt.actionId ? null : `for the ${diagnosis.domain}`;
  },

  'levels above 1 are only tried with a permit': (step) => {
    const tried = newTries(step).filter((one) => one.attempt > 0 && one.level > 1);
    if (tried.length === 0) return null;
    const { before, event } = step;
    const held = before.state.phase === 'recovering' ? (before.state.permit?.expiresAt ?? 0) : 0;
    return Math.max(held, grantedUntil(event)) > timeOf(step) ? null : `level ${levels(tried)}`;
  },

  'a permit is good for one try': (step) => {
    const { state } = step.decision.record;
    if (state.phase !== 'recovering' || state.permit === null) return null;
    return newTries(step).some((one) => one.attempt > 0 && one.level > 1) ? 'it was kept' : null;
  },

  'a policy that only watches starts no recovery and gives nothing up': ({ before, decision, policy }) => {
    if (policy.mode !== 'shadow') return null;
    const { state, pending } = decision.record;
    if (state.phase === 'bricked') return before.state.phase === 'bricked' ? null : 'it was given up';
    if (state.phase !== 'recovering' || pending === null) return null;
    return pending.ref.id === state.attempt?.actionId && pending.ref.id !== before.pending?.ref.id
      ? pending.do
      : null;
  },

  'one try at a time': (step) => {
    if (isSameState(step)) return null;
    const { state } = step.decision.record;
    const open = openIncident(state)?.tries.filter((one) => one.endedAt === null).length ?? 0;
    if (open > 1) return `${open} tries run`;
    if (state.phase !== 'recovering') return null;
    return (open === 1) === (state.attempt !== null) ? null : 'a try without an attempt';
  },

  'the tries of an incident are bounded by the ladder': (step) => {
    for (const { level, outcome } of newTries(step)) {
      const rung = step.policy.ladder.find((one) => one.level === level);
      const here = changedIncident(step)?.tries.filter((one) => one.level === level) ?? [];
      const same = here.filter((one) => (one.outcome === 'shadow') === (outcome === 'shadow'));
      const skips = same.filter((one) => one.attempt === 0);
      // A machine that was gone and is there again makes its skip void, and the level may be skipped for another reason.
      const lasting = skips.filter((one) => one.reason !== 'machine-gone');
      if (lasting.length > 1 || skips.length > lasting.length + 1) return `level ${level} is skipped twice`;
      if (same.length - skips.length > (rung?.attempts ?? 0)) return `too many of level ${level}`;
    }
    return null;
  },

  'an incident that ended says how': ({ decision }) => {
    for (const fact of decision.facts) {
      if (fact.kind !== 'incident' || fact.incident.closedAt === null) continue;
      const isOver = fact.incident.tries.every((one) => one.endedAt !== null);
      if (fact.incident.outcome === null || !isOver) return 'open ends';
    }
    return null;
  },
} satisfies Record<string, Invariant>;

/** What was tried or skipped, and not only watched. */
function isReal(one: LevelTry): boolean {
  return one.outcome !== 'shadow';
}

/** A level 2 that was passed over, and is tried after all once the versions are quarantined. */
function isReconsidered({ level, attempt }: LevelTry, before: LevelTry[]): boolean {
  return level === 2 && attempt > 0 && before.some((one) => one.level === 2 && one.attempt === 0);
}

function levels(tried: LevelTry[]): string {
  return tried.map((one) => one.level).join(', ');
}

function grantedUntil(event: MachineEvent): number {
  if (event.type !== 'finished' || !event.outcome.ok || !('permit' in event.outcome)) return 0;
  return event.outcome.permit.granted ? event.outcome.permit.expiresAt : 0;
}
