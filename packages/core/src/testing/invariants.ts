/**
 * What must hold after every step of a machine's life, whatever happens. Each throws a sentence. The numbers in
 * brackets are those of the life-cycle's written invariants.
 */
import type { Incident, Policy } from '@fettle/contract';
import { timeFor } from '../machine/clock-step.ts';
import type { Decision } from '../machine/decide.ts';
import type { MachineEvent } from '../machine/event.ts';
import { isGivenUp, openIncident, type MachineRecord } from '../machine/record.ts';
import { isWatched } from '../machine/wake.ts';

/** One step: what was, what happened, and what came of it. */
export type Step = {
  before: MachineRecord;
  event: MachineEvent;
  now: number;
  policy: Policy;
  decision: Decision;
};

/** Throws when a step breaks an invariant. */
export function checkInvariants(given: Step): void {
  // A clock that is a little behind does not count: the record decides by what it has seen.
  const step = { ...given, now: timeFor(given.before, given.now) };
  for (const [name, holds] of Object.entries(INVARIANTS)) {
    const wrong = holds(step);
    if (wrong !== null) throw new Error(`${name}: ${wrong} (after ${JSON.stringify(step.event)})`);
  }
}

type Invariant = (step: Step) => string | null;

export const INVARIANTS = {
  'a watched machine has a wake in the future': ({ decision, now }) => {
    const { record, wakeAt } = decision;
    if (isWatched(record) && wakeAt === null) return `no wake in phase ${record.state.phase}`;
    return wakeAt !== null && wakeAt <= now ? `wake at ${wakeAt - now} ms from now` : null;
  },

  'a wake is never further away than the slowest rhythm': ({ decision, now, policy }) => {
    const { record, wakeAt } = decision;
    const intervals = record.state.phase === 'stopped' ? 11 : 2;
    const most = Math.max(intervals * policy.check.intervalMs, 60_000);
    return isWatched(record) && wakeAt !== null && wakeAt - now > most ? `in ${wakeAt - now} ms` : null;
  },

  'only what is pending is sent': ({ decision }) => {
    const { actions, record } = decision;
    if (actions.length > 1) return `${actions.length} actions at once`;
    const [action] = actions;
    return action !== undefined && action.ref.id !== record.pending?.ref.id ? action.ref.id : null;
  },

  'only the alarm acts': ({ decision, event }) => {
    const quiet = event.type === 'reported' || event.type === 'commanded' || event.type === 'delivered';
    return quiet && decision.actions.length + decision.messages.length > 0 ? event.type : null;
  },

  'sequences only grow, and an id names one effect': ({ before, decision }) => {
    const { record } = decision;
    if (record.sequence < before.sequence) return `${before.sequence} -> ${record.sequence}`;
    const ids = [...record.outbox.map((entry) => entry.id), record.pending?.ref.id ?? 'none'];
    if (new Set(ids).size !== ids.length) return ids.join(', ');
    const { pending } = record;
    if (pending === null) return null;
    if (pending.ref.id === before.pending?.ref.id)
      return pending.do === before.pending.do ? null : `${pending.ref.id} names two effects`;
    return pending.ref.sequence > before.sequence ? null : `${pending.ref.id} was used before`;
  },

  'a level never goes down within an incident': ({ decision }) => {
    const tried = (openIncident(decision.record.state)?.tries ?? []).map((one) => one.level);
    return tried.some((level, index) => level < (tried[index - 1] ?? 0)) ? tried.join(', ') : null;
  },

  'what was tried in an incident is never forgotten': ({ before, decision }) => {
    const was = openIncident(before.state);
    const is = openIncident(decision.record.state);
    if (was === null || is === null || was.number !== is.number) return null;
    return is.tries.length < was.tries.length ? `${was.tries.length} -> ${is.tries.length} tries` : null;
  },

  'a machine that was given up never comes back': ({ before, decision }) => {
    const { phase } = decision.record.state;
    if (!isGivenUp(before.state)) return null;
    if (!isGivenUp(decision.record.state)) return `${before.state.phase} -> ${phase}`;
    if (before.state.phase === 'destroyed' && phase !== 'destroyed') return `destroyed -> ${phase}`;
    return before.state.phase === 'retired' && phase === 'bricked' ? 'retired -> bricked' : null;
  },

  'an outcome that nobody waits for changes nothing': ({ before, event, decision }) => {
    if (event.type !== 'finished' && event.type !== 'observed') return null;
    if (event.actionId === before.pending?.ref.id) return null;
    const { state, verdict, check, ledger, inspection } = decision.record;
    const same =
      verdict === before.verdict &&
      check.failed === before.check.failed &&
      check.completedAt === before.check.completedAt &&
      ledger === before.ledger &&
      inspection === before.inspection;
    return same && isSameButPlanned(before, state.phase) ? null : event.actionId;
  },

  'what is not known is not counted': ({ before, decision }) => {
    const { check, verdict } = decision.record;
    if (check.completedAt === before.check.completedAt || verdict?.health !== 'unknown') return null;
    return check.failed > before.check.failed ? `${before.check.failed} -> ${check.failed}` : null;
  },

  'failed checks are counted no faster than twice per interval': ({ before, decision, now, policy }) => {
    if (decision.record.check.failed <= before.check.failed) return null;
    if (decision.record.check.failed > before.check.failed + 1) return 'two at once';
    const last = before.check.lastFailedAt;
    return last !== null && now - last < policy.check.intervalMs / 2 ? `after ${now - last} ms` : null;
  },

  'an incident needs enough failed checks, spread over time': ({ before, decision, now, policy }) => {
    const { record } = decision;
    if (record.incidents === before.incidents) return null;
    if (before.state.phase === 'provisioning') return null;
    const { failed, gone, firstFailedAt } = record.check;
    const { unhealthyAfter, goneAfter, intervalMs } = policy.check;
    if (failed < unhealthyAfter && gone < goneAfter) return `${failed} failed, ${gone} gone`;
    const spread = ((Math.min(unhealthyAfter, goneAfter) - 1) * intervalMs) / 2;
    return now - (firstFailedAt ?? now) < spread ? `within ${now - (firstFailedAt ?? now)} ms` : null;
  },

  'nothing is declared sick just after we were away': ({ before, decision, now }) => {
    const { record } = decision;
    if (now >= record.returnGraceUntil || before.state.phase === 'provisioning') return null;
    return before.state.phase !== 'recovering' && record.state.phase === 'recovering' ? 'an incident' : null;
  },

  'levels above 1 are only tried with a permit': ({ before, event, decision, now }) => {
    const tries = newTries(before, decision.record).filter((one) => one.outcome !== 'skipped');
    if (tries.every((one) => one.level === 1)) return null;
    const held = before.state.phase === 'recovering' ? (before.state.permit?.expiresAt ?? 0) : 0;
    return Math.max(held, grantedUntil(event)) > now
      ? null
      : `level ${tries.map((one) => one.level).join(', ')}`;
  },

  'one try at a time': ({ decision }) => {
    const { state } = decision.record;
    const running = openIncident(state)?.tries.filter((one) => one.outcome === 'running') ?? [];
    if (running.length > 1) return `${running.length} tries run`;
    if (state.phase !== 'recovering') return null;
    return (running.length === 1) === (state.attempt !== null) ? null : 'a try without an attempt';
  },

  'the tries of an incident are bounded by the ladder': ({ decision, policy }) => {
    const tries = openIncident(decision.record.state)?.tries ?? [];
    const wrong = policy.ladder.find((rung) => {
      const here = tries.filter((one) => one.level === rung.level);
      const skips = here.filter((one) => one.outcome === 'skipped').length;
      return skips > 1 || here.length - skips > rung.attempts;
    });
    return wrong === undefined ? null : `too many of level ${wrong.level}`;
  },

  'history is bounded': ({ decision, policy }) => {
    const { ledger, spent, outbox, commands } = decision.record;
    if (ledger.length > 50) return `${ledger.length} sets`;
    if (spent.length > policy.budgets.actions.max) return `${spent.length} spent actions`;
    if (commands.length > 16) return `${commands.length} commands`;
    return outbox.length > 2 ? `${outbox.length} messages` : null;
  },

  'an incident that ended says how': ({ decision }) => {
    const ended = decision.facts
      .flatMap((fact) => (fact.kind === 'incident' ? [fact.incident] : []))
      .filter((incident: Incident) => incident.closedAt !== null);
    return ended.every((incident) => incident.outcome !== null && isOver(incident)) ? null : 'open ends';
  },
} satisfies Record<string, Invariant>;

function grantedUntil(event: MachineEvent): number {
  if (event.type !== 'finished' || !event.outcome.ok || !('permit' in event.outcome)) return 0;
  return event.outcome.permit.granted ? event.outcome.permit.expiresAt : 0;
}

function isOver(incident: Incident): boolean {
  return incident.tries.every((one) => one.outcome !== 'running');
}

/** A late outcome may give the plan its turn, which brings no machine out of its phase but into `bricked`. */
function isSameButPlanned(before: MachineRecord, phase: MachineRecord['state']['phase']): boolean {
  return phase === before.state.phase || (before.state.phase === 'recovering' && phase === 'bricked');
}

function newTries(before: MachineRecord, after: MachineRecord): Incident['tries'] {
  const was = openIncident(before.state);
  const is = openIncident(after.state);
  if (is === null) return [];
  return was?.number === is.number ? is.tries.slice(was.tries.length) : is.tries;
}
