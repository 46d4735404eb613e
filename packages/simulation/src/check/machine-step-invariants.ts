/**
 * What must hold in every step of a machine object, judged with what is really the case. The names begin with those of
 * the written invariants.
 */
import { isMeantToWork, openIncident, type MachineRecord } from '@fettle/core';
import type { MachineStep } from '../world/surroundings.ts';
import type { World } from '../world/world.ts';
import { holdsUnless, IDLE, type Judgement } from './judgement.ts';
import { newTries } from './new-tries.ts';

export type MachineStepCheck = (step: MachineStep, world: World) => Judgement;

/** What was not well for a moment may have been seen a little later: a look under way, and the check after it. */
const HINDSIGHT_MS = 2 * 60_000;

/** Invariants of steps on which something changed but a routine check. */
export const MACHINE_STEP_INVARIANTS: Record<string, MachineStepCheck> = {
  'M4 only what was seen after an action judges it': ({ before, event, decision }) => {
    if (event.type !== 'observed' || before.state.phase !== 'recovering') return IDLE;
    const { attempt } = before.state;
    // What was only watched was not sent: such a machine gets well by itself.
    if (attempt === null || attempt.actionId === null) return IDLE;
    if (decision.record.state.phase !== 'settling') return IDLE;
    const began = event.observation.startedAt;
    return holdsUnless(
      attempt.dispatchedAt === null || began <= attempt.dispatchedAt,
      () => `a look that began at ${began} heals what was sent at ${attempt.dispatchedAt}`,
    );
  },

  'M5 a level is entered after every lower one was tried or skipped for a reason': (step) => {
    const [first] = newTries(step);
    const incident = openIncident(step.decision.record.state);
    if (first === undefined || incident === null) return IDLE;
    const missing = step.policy.ladder.filter(
      ({ level }) => level < first.level && !incident.tries.some((one) => one.level === level),
    );
    const silent = incident.tries.find((one) => one.outcome === 'skipped' && one.reason === null);
    if (silent !== undefined) return `level ${silent.level} was skipped without a reason`;
    return holdsUnless(
      missing.length > 0,
      () => `level ${first.level} before level ${missing.map(({ level }) => level).join(', ')}`,
    );
  },

  'M6 what is well is not acted on': (step, world) => {
    // A path that loses some and not all looks like a service that fails: the first level is what can be tried.
    const lowest = step.policy.ladder[0]?.level ?? 1;
    const least = world.isPathPartlyLost(step.decision.record.identity.machineId) ? lowest + 1 : 1;
    const acted = newTries(step).filter((one) => one.outcome === 'running' && one.level >= least);
    const incident = openIncident(step.decision.record.state);
    const { machineId } = step.decision.record.identity;
    const sandbox = world.placement(machineId)?.sandbox;
    if (acted.length === 0 || incident === null || sandbox === undefined) return IDLE;
    // One machine that its own host says is gone is believed; when there are many, P6 holds them.
    const { now } = world.timeline;
    if (now - (world.hostOf(machineId)?.showedNothingAt() ?? -Infinity) < HINDSIGHT_MS) return IDLE;
    const since = now - (step.now - incident.firstFailedAt) - HINDSIGHT_MS;
    return holdsUnless(
      sandbox.isWell() && sandbox.lastUnwellAt < since,
      () =>
        `level ${acted[0]?.level} although ${machineId} was well all the time (${incident.diagnosis.domain}: ${incident.diagnosis.message})`,
    );
  },

  'P3 a creation that its host knows nothing of is asked for again': ({ before, event, decision }) => {
    const { state } = decision.record;
    if (event.type !== 'observed' || event.actionId !== before.pending?.ref.id) return IDLE;
    if (before.state.phase !== 'provisioning' || state.phase !== 'provisioning') return IDLE;
    const { provider } = event.observation;
    if (!provider.ok || provider.value.state !== 'absent' || before.state.actionId === null) return IDLE;
    if (provider.value.operation?.action.id === before.state.actionId) return IDLE;
    if (before.host !== null && provider.value.host !== before.host) return IDLE;
    return holdsUnless(state.actionId === before.state.actionId, () => `${state.actionId} is waited for`);
  },

  'M9 a machine that was given up does not come back': ({ before, decision }) => {
    if (before.state.phase !== 'bricked') return IDLE;
    const { phase } = decision.record.state;
    return holdsUnless(
      phase !== 'bricked' && phase !== 'retired' && phase !== 'destroyed',
      () => `bricked -> ${phase}`,
    );
  },

  'M11 nothing is counted against a machine just after we were away': ({ before, decision, now }) => {
    if (now >= before.returnGraceUntil || before.state.phase === 'recovering') return IDLE;
    if (!isMeantToWork(before.state.phase)) return IDLE;
    const { failed } = decision.record.check;
    return holdsUnless(
      failed > before.check.failed,
      () => `${before.check.failed} -> ${failed} failed checks`,
    );
  },

  'H1 nothing drastic is done to a machine that nobody could see': (step) => {
    const drastic = newTries(step).find((one) => one.level >= 3 && one.outcome === 'running');
    if (drastic === undefined) return IDLE;
    const { provider } = step.decision.record.evidence;
    return holdsUnless(
      provider === null || provider === 'unknown',
      () => `level ${drastic.level} while the provider does not tell`,
    );
  },

  'H3 a listing of another host is no information': ({ before, event, decision }) => {
    if (event.type !== 'observed' || !event.observation.provider.ok) return IDLE;
    const { host, state } = event.observation.provider.value;
    if (state !== 'absent' || host === null || before.host === null || host === before.host) return IDLE;
    return holdsUnless(
      decision.record.check.gone > before.check.gone,
      () => `${host} does not have what was on ${before.host}, and that counted`,
    );
  },
};

/** Whether a step is one of the many in which a healthy machine was found healthy. */
export function isRoutine({ before, decision }: MachineStep): boolean {
  const { record } = decision;
  return before.state === record.state && record.state.phase === 'healthy' && isQuiet(before, record);
}

function isQuiet(before: MachineRecord, after: MachineRecord): boolean {
  if (before.returnGraceUntil !== after.returnGraceUntil) return false;
  return before.check.failed === after.check.failed && before.check.gone === after.check.gone;
}
