/** A machine is always watched, what is sent was stored, and only what is known counts. */
import { seenAt } from '../../machine/clock-step.ts';
import { isActionable } from '../../machine/diagnose.ts';
import { isGivenUp, type MachineRecord } from '../../machine/record.ts';
import { isDownAsWanted, isWatched } from '../../machine/wake.ts';
import { timeOf, type Invariant } from './step.ts';

/** 64 entries of the audit log, and what is told of misused credentials: once for each bootstrap token. */
const MOST_NUMBERED = 80;

export const WATCHING = {
  'a watched machine has a wake in the future': (step) => {
    const { record, wakeAt } = step.decision;
    const now = timeOf(step);
    if (isWatched(record) && wakeAt === null) return `no wake in phase ${record.state.phase}`;
    return wakeAt !== null && wakeAt <= now ? `wake at ${wakeAt - now} ms from now` : null;
  },

  'a wake is never further away than the slowest rhythm': (step) => {
    const { record, wakeAt } = step.decision;
    if (wakeAt === null || !isWatched(record)) return null;
    const intervals = isDownAsWanted(record) ? 11 : 2;
    const most = Math.max(intervals * step.policy.check.intervalMs, 60_000);
    const inMs = wakeAt - timeOf(step);
    return inMs > most ? `in ${inMs} ms` : null;
  },

  'nothing was seen in the future': (step) => {
    const ahead = seenAt(step.decision.record) - timeOf(step);
    return ahead > 0 ? `${ahead} ms ahead of the clock` : null;
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
    const { pending, outbox } = record;
    if (record.sequence < before.sequence) return `${before.sequence} -> ${record.sequence}`;
    if (pending === before.pending && outbox === before.outbox) return null;
    const ids = [...outbox.map((entry) => entry.id), pending?.ref.id ?? 'none'];
    if (ids.length > 1 && new Set(ids).size !== ids.length) return ids.join(', ');
    if (pending === null) return null;
    if (pending.ref.id === before.pending?.ref.id)
      return pending.do === before.pending.do ? null : `${pending.ref.id} names two effects`;
    return pending.ref.sequence > before.sequence ? null : `${pending.ref.id} was used before`;
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
      (check.completedAt ?? 0) <= (before.check.completedAt ?? 0) &&
      ledger.length === before.ledger.length &&
      inspection === before.inspection;
    return same && isSameButPlanned(before, state.phase) ? null : event.actionId;
  },

  'what is not known is not counted': ({ before, decision }) => {
    const { check, verdict, diagnosis } = decision.record;
    if (check.failed <= before.check.failed) return null;
    if (verdict?.health !== 'unhealthy') return `${before.check.failed} -> ${check.failed}`;
    return diagnosis === null || isActionable(diagnosis.domain)
      ? null
      : `${diagnosis.domain} counted against the machine`;
  },

  'a host that never had a machine does not say that it is gone': ({ before, event, decision }) => {
    if (event.type !== 'observed' || event.actionId !== before.pending?.ref.id) return null;
    const { provider } = event.observation;
    if (!provider.ok || provider.value.state !== 'absent' || provider.value.host === null) return null;
    if (before.host === null || provider.value.host === before.host) return null;
    const { evidence, check, host } = decision.record;
    return evidence.provider === 'absent' || check.gone > before.check.gone || host !== before.host
      ? `${provider.value.host} was believed`
      : null;
  },

  'failed checks are counted no faster than twice per interval': (step) => {
    const { failed } = step.decision.record.check;
    const { failed: before, lastFailedAt: last } = step.before.check;
    if (failed <= before) return null;
    if (failed > before + 1) return 'two at once';
    const now = timeOf(step);
    return last !== null && last <= now && now - last < step.policy.check.intervalMs / 2
      ? `after ${now - last} ms`
      : null;
  },

  'history is bounded': ({ decision, policy }) => {
    const { ledger, spent, outbox, commands } = decision.record;
    if (ledger.length > 50) return `${ledger.length} sets`;
    if (spent.length > policy.budgets.actions.max) return `${spent.length} spent actions`;
    if (commands.length > 16) return `${commands.length} commands`;
    const numbered = outbox.filter(({ message }) => 'number' in message).length;
    if (numbered > MOST_NUMBERED) return `${numbered} messages that wait for each other`;
    return outbox.length - numbered > 2 ? `${outbox.length} messages` : null;
  },
} satisfies Record<string, Invariant>;

/** A late outcome may give the plan its turn, which brings no machine out of its phase but into `bricked`. */
function isSameButPlanned(before: MachineRecord, phase: MachineRecord['state']['phase']): boolean {
  return phase === before.state.phase || (before.state.phase === 'recovering' && phase === 'bricked');
}
