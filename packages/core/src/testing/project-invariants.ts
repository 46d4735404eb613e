/** What must hold for a project after every step. */
import type { ProjectDecision } from '../project/decide-project.ts';
import { presentMachines, type Plan, type ProjectRecord, type SpentAction } from '../project/record.ts';
import { planBlock } from '../project/substitution.ts';
import { rolloutFaults, versionFaults } from './version-invariants.ts';

/** Throws a sentence when a project's record breaks an invariant. */
export function checkProject(before: ProjectRecord, decision: ProjectDecision, now: number): void {
  const { record } = decision;
  const wrong = [
    ...record.slots.flatMap((slot) => slotFaults(record, slot.slot)),
    ...generationFaults(before, record),
    ...permitFaults(record, now),
    ...budgetFaults(before, record),
    ...wakeFaults(decision, now),
    ...versionFaults(before, record),
    ...rolloutFaults(before, record),
    hasStrangers(record) ? 'a stranger counts' : null,
    record.sequence < before.sequence ? 'the sequence went down' : null,
    new Set(record.pending.map((action) => action.id)).size < record.pending.length
      ? 'an id names two effects'
      : null,
    record.slots.some((slot) => slot.machines.length > 50) ? 'a history without bounds' : null,
  ].filter((fault) => fault !== null);
  if (wrong.length > 0) throw new Error(wrong.join('; '));
}

function hasStrangers(record: ProjectRecord): boolean {
  const present = new Set(presentMachines(record));
  return record.told.some((one) => !present.has(one.machineId));
}

function slotFaults(record: ProjectRecord, name: string): (string | null)[] {
  const slot = record.slots.find((one) => one.slot === name);
  const plans = record.plans.filter((plan) => plan.slot === name);
  const retired = record.retired.map((machine) => machine.machineId);
  const leadsTo = slot?.machineId ?? null;
  return [
    plans.length > 1 ? `${name} has ${plans.length} plans` : null,
    leadsTo !== null && leadsTo !== slot?.machines[0] ? `${name} leads to an old machine` : null,
    leadsTo !== null && retired.includes(leadsTo) ? `${name} leads to a retired machine` : null,
    leadsTo !== null && slot?.phase === 'bricked' ? `${name} leads to a bricked machine` : null,
    leadsTo !== null && plans.length > 0 ? `${name} leads somewhere and is being filled` : null,
  ];
}

/** A slot gets at most one machine more in a step, of the next generation, and is given it exactly once. */
function generationFaults(before: ProjectRecord, record: ProjectRecord): (string | null)[] {
  return record.slots.map((slot) => {
    const was = before.slots.find((one) => one.slot === slot.slot)?.generation ?? 0;
    if (slot.generation !== was && slot.generation !== was + 1) return `${slot.slot} jumped a generation`;
    const known = before.pending.map((action) => action.id);
    const made = record.pending.filter(
      (action) =>
        action.do === 'provision' && action.identity.slot === slot.slot && !known.includes(action.id),
    );
    return made.length === slot.generation - was ? null : `${slot.slot}: ${made.length} machines asked for`;
  });
}

function permitFaults(record: ProjectRecord, now: number): (string | null)[] {
  const { maxConcurrentShare, maxConcurrentPerHost } = record.policy.stormGuard;
  const valid = record.permits.filter((permit) => permit.expiresAt > now);
  const most = Math.max(1, Math.floor(record.slots.length * maxConcurrentShare));
  const onOneHost = (host: string | null) => valid.filter((permit) => permit.host === host).length;
  return [
    valid.length > most ? `${valid.length} permits` : null,
    valid.some(({ host }) => host !== null && onOneHost(host) > maxConcurrentPerHost)
      ? 'too many permits on one host'
      : null,
    new Set(valid.map((permit) => permit.machineId)).size < valid.length ? 'two permits for one' : null,
  ];
}

/** What was just spent fits into the budgets of that moment; what was spent under another policy is past. */
function budgetFaults(before: ProjectRecord, record: ProjectRecord): (string | null)[] {
  const { projectActions, hostActions, cost } = record.policy.budgets;
  const spent = record.spent.at(-1);
  const bought = record.substitutions.at(-1);
  const isNew = spent !== undefined && !before.spent.some((one) => one.step === spent.step);
  const isBought = bought !== undefined && record.substitutions.length > before.substitutions.length;
  const count = (window: { withinMs: number }, counts: (one: SpentAction) => boolean) =>
    record.spent.filter((one) => counts(one) && record.decidedAt - one.at < window.withinMs).length;
  const paid = record.substitutions
    .filter((one) => record.decidedAt - one.at < cost.withinMs)
    .reduce((sum, one) => sum + one.cost, 0);
  return [
    isNew && count(projectActions, () => true) > projectActions.max
      ? 'more actions than the project may'
      : null,
    isNew && spent.host !== null && count(hostActions, (one) => one.host === spent.host) > hostActions.max
      ? `more actions than ${spent.host} may`
      : null,
    isBought && cost.max > 0 && paid > cost.max + 1e-6 ? `${paid} was paid` : null,
  ];
}

function wakeFaults({ record, wakeAt }: ProjectDecision, now: number): (string | null)[] {
  return [
    wakeAt !== null && wakeAt <= now ? 'a wake that is not in the future' : null,
    record.pending.length > 0 && wakeAt === null ? 'something to send and no wake' : null,
    wakeAt === null && record.plans.some((plan) => canResume(record, plan, now))
      ? 'a parked plan and no wake'
      : null,
  ];
}

function canResume(record: ProjectRecord, plan: Plan, now: number): boolean {
  return plan.step === 'parked' && planBlock(record, plan, now)?.until !== Infinity;
}
