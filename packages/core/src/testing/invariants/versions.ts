/** What holds for versions: what is proven, what a machine is brought to, and what its project hears of it. */
import { CAPABILITIES, type VersionSet } from '@fettle/contract';
import { openIncident, type MachineRecord, type PendingAction } from '../../machine/record.ts';
import { isQuarantined } from '../../machine/rollback-target.ts';
import { toldOf } from '../../machine/tell-project.ts';
import { newTries, timeOf, type Invariant, type Step } from './step.ts';

export const VERSIONS = {
  'nothing is proven while an incident is open': ({ before, decision }) => {
    const { ledger } = decision.record;
    if (ledger === before.ledger || openIncident(before.state) === null) return null;
    const works = (one: typeof ledger): number => one.filter(({ state }) => state === 'works').length;
    if (works(ledger) > works(before.ledger)) return 'a set was proven';
    return ledger.some(({ healthySince }) => healthySince !== null && isNewer(healthySince, before.ledger))
      ? 'a set bakes'
      : null;
  },

  'no machine is brought to what is quarantined': (step) => {
    const change = newChange(step);
    const { fleet, versions } = step.decision.record;
    if (change === null || versions === null) return null;
    const target: VersionSet = {
      image: change.do === 'rebuild' ? change.image : versions.image,
      platform: change.refs.platform ?? versions.platform,
      customer: change.refs.customer ?? versions.customer,
    };
    return isQuarantined(fleet, target) ? JSON.stringify(target) : null;
  },

  'a pinned slot stays on what it runs': (step) => {
    const change = newChange(step);
    return change === null || step.decision.record.fleet.pinned === null ? null : change.do;
  },

  'a machine whose type keeps its image is not rebuilt': (step) => {
    const { type } = step.decision.record.identity;
    return newChange(step)?.do === 'rebuild' && !CAPABILITIES[type].rebuild ? type : null;
  },

  'the project is told what it counts with when that changes, and only then': ({ before, decision }) => {
    const { record } = decision;
    if (TOLD_FROM.every((field) => record[field] === before[field])) return null;
    const told = JSON.stringify(toldOf(record));
    const isSame = told === JSON.stringify(toldOf(before));
    const old = new Set(before.outbox.map(({ id }) => id));
    const news = record.outbox.find(({ id, message }) => message.kind === 'changed' && !old.has(id))?.message;
    if (news?.kind !== 'changed') return isSame ? null : `${told} is not told`;
    if (isSame) return `${told} is told again`;
    const { kind: _kind, word: _word, ...said } = news;
    return JSON.stringify(said) === told ? null : `${JSON.stringify(said)} is told instead of ${told}`;
  },

  'an order that runs waits for its turn, is being carried out, or is about to be seen': ({ decision }) => {
    const { order, commands, pending, change } = decision.record;
    if (order?.status !== 'running' || order.doneAt !== null) return null;
    const waits = commands.some((command) => 'order' in command && command.order === order.id);
    const isUnderWay = [pending?.ref.id, change?.actionId].includes(order.actionId ?? 'none');
    return waits !== isUnderWay ? null : `${order.id} is lost`;
  },

  'a destructive level is tried for the first time after evidence was collected': (step) => {
    const { before, policy } = step;
    if (policy.evidence.mode === 'off') return null;
    const first = newTries(step).find(
      (one) => one.attempt === 1 && one.level > 1 && one.outcome !== 'shadow',
    );
    if (first === undefined) return null;
    const evidence = before.state.phase === 'recovering' ? before.state.evidence : null;
    return evidence?.level === first.level && evidence.actionId === null ? null : `level ${first.level}`;
  },

  'recovery does not wait for evidence that is late': (step) => {
    const { pending, state } = step.decision.record;
    if (step.event.type !== 'woke' || pending?.do !== 'collect-evidence') return null;
    if (state.phase !== 'recovering' || state.evidence === null) return 'nobody waits for it';
    return state.evidence.until <= timeOf(step) ? 'it waits' : null;
  },
} satisfies Record<string, Invariant>;

/** The fields that what is told is made from, and where it goes. */
const TOLD_FROM = [
  'state',
  'host',
  'inspection',
  'versions',
  'versionsSince',
  'ledger',
  'order',
  'outbox',
] as const satisfies (keyof MachineRecord)[];

function isNewer(healthySince: number, ledger: { healthySince: number | null }[]): boolean {
  return ledger.every((entry) => entry.healthySince === null || entry.healthySince < healthySince);
}

type Change = Extract<PendingAction, { do: 'apply-versions' | 'rebuild' }>;

/** The change of versions that a step has begun. */
function newChange({ before, decision }: Step): Change | null {
  const { pending } = decision.record;
  if (pending === null || pending.ref.id === before.pending?.ref.id) return null;
  return pending.do === 'apply-versions' || pending.do === 'rebuild' ? pending : null;
}
