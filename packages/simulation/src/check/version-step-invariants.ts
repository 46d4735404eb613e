/** What must hold in every step of a machine object, of the versions it goes back to and the evidence kept before. */
import type { VersionSet } from '@fettle/contract';
import { openIncident, type MachineRecord } from '@fettle/core';
import type { MachineStep } from '../world/surroundings.ts';
import type { World } from '../world/world.ts';
import { holdsUnless, IDLE, type Judgement } from './judgement.ts';
import type { Life } from './life.ts';
import { newTries } from './new-tries.ts';

export type VersionStepCheck = (step: MachineStep, world: World, life: Life) => Judgement;

/**
 * What a request that is sent just in time takes on top of it: one message to a project that does not answer may go before
 * it, which takes 5 s; the bucket lists what it has, and the answer is on its way.
 */
const LATE_MS = 8000;

/** Whether two version sets are one, by all their parts. */
export function isSame(a: VersionSet | null, b: VersionSet | null): boolean {
  if (a === null || b === null) return false;
  return a.image === b.image && a.platform === b.platform && a.customer === b.customer;
}

/** What a rollback that begins in this step leads to; `null` when none begins. */
function rollbackOf({ before, decision: { record } }: MachineStep): VersionSet | null {
  const { pending, state } = record;
  if (pending === null || pending.ref.id === before.pending?.ref.id || state.phase !== 'recovering')
    return null;
  if (pending.do !== 'apply-versions' && pending.do !== 'rebuild') return null;
  if (state.attempt?.actionId !== pending.ref.id) return null;
  const { platform = '', customer = '' } = pending.refs;
  const image = pending.do === 'rebuild' ? pending.image : (presentImage(record) ?? '');
  return { image, platform, customer };
}

function presentImage({ versions, inspection, initialImage }: MachineRecord): string | null {
  return versions?.image ?? inspection?.image ?? initialImage;
}

export const VERSION_STEP_INVARIANTS: Record<string, VersionStepCheck> = {
  'M8 a rollback goes to versions that were proven here or in the project, and are not those that run': (
    step,
    _world,
    { proofs },
  ) => {
    const target = rollbackOf(step);
    if (target === null) return IDLE;
    const { identity, ledger, fleet, versions } = step.decision.record;
    const known = [...ledger.filter((one) => one.state === 'works'), ...fleet.slot, ...fleet.project];
    if (!known.some((one) => isSame(one.versions, target))) return `${text(target)} is not known to work`;
    if (!proofs.has(identity.project, target)) return `${text(target)} was never proven`;
    return holdsUnless(isSame(target, versions), () => 'a rollback to what runs already');
  },

  'P8 a machine goes back to nothing that it knows to be quarantined': (step) => {
    const target = rollbackOf(step);
    const { quarantined } = step.decision.record.fleet;
    if (target === null || quarantined.length === 0) return IDLE;
    return holdsUnless(
      quarantined.some((one) => isSame(one, target)),
      () => `a rollback to ${text(target)}`,
    );
  },

  'V3 a machine of a pinned slot is not brought to other versions by its recovery': (step) => {
    if (step.decision.record.fleet.pinned === null) return IDLE;
    const tried = newTries(step).filter((one) => one.level === 2);
    if (tried.length === 0) return IDLE;
    return holdsUnless(rollbackOf(step) !== null, () => `level 2 although its slot is pinned`);
  },

  'E1 evidence is asked for before the first try of levels 2 to 4, once for each': (step, _world, life) => {
    const { policy, decision } = step;
    const { state } = decision.record;
    const again = noteAsked(step, life);
    if (again !== null) return again;
    if (policy.mode === 'shadow' || policy.evidence.mode === 'off') return IDLE;
    const first = newTries(step).find(
      (one) => one.level > 1 && one.attempt === 1 && one.outcome === 'running',
    );
    if (first === undefined || !('incident' in state)) return IDLE;
    return holdsUnless(
      !life.evidenceFor.has(`${state.incident.number}/${first.level}`),
      () => `level ${first.level} without evidence`,
    );
  },

  'E2 recovery waits for evidence no longer than the policy says': (
    { before, event, policy, decision },
    { timeline: { now } },
    life,
  ) => {
    const { pending, state } = decision.record;
    if (pending?.do === 'collect-evidence' && life.evidenceAsked?.id !== pending.ref.id)
      life.evidenceAsked = { id: pending.ref.id, at: now };
    // By the world's time: the object's own clock may step meanwhile.
    const waited = now - (life.evidenceAsked?.at ?? now);
    const most = policy.evidence.timeoutMs + policy.check.callTimeoutMs + LATE_MS;
    // Only the alarm acts: what comes in beside it ends no wait.
    const isOver = event.type === 'finished' && before.pending?.do === 'collect-evidence';
    if (isOver && before.pending !== null && before.pending.ref.id === event.actionId) {
      return holdsUnless(waited > most, () => `for ${waited} ms`);
    }
    if (state.phase !== 'recovering' || state.evidence === null || state.evidence.actionId === null)
      return IDLE;
    if (event.type !== 'woke' && event.type !== 'observed' && event.type !== 'finished') return IDLE;
    if (pending?.ref.id !== state.evidence.actionId)
      return `${state.evidence.actionId} is not asked for any more`;
    return holdsUnless(waited > most, () => `for ${waited} ms`);
  },
};

/** Remembers what evidence a step asks for. A sentence when it was asked for before, and nothing was tried since. */
function noteAsked({ before, decision }: MachineStep, { evidenceFor }: Life): string | null {
  const { pending, state } = decision.record;
  if (pending?.do !== 'collect-evidence' || pending.ref.id === before.pending?.ref.id) return null;
  // What was asked for and not stored before its object ended was never asked for.
  for (const [what, { sequence }] of evidenceFor) if (sequence > before.sequence) evidenceFor.delete(what);
  const what = `${pending.incident}/${pending.level}`;
  // What was tried meanwhile may have left other traces, and so may a time in which it was well.
  const tried = openIncident(state)?.tries.filter((one) => one.attempt > 0).length ?? 0;
  const after = `${state.since}/${tried}`;
  if (evidenceFor.get(what)?.after === after) return `asked again for level ${pending.level}`;
  evidenceFor.set(what, { sequence: pending.ref.sequence, after });
  return null;
}

function text({ image, platform, customer }: VersionSet): string {
  return `${image}, platform ${platform.slice(0, 8)}, customer ${customer.slice(0, 8)}`;
}
