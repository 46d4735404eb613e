/** A look at a machine that is being created: it is there, it failed, or it has to be asked for again. */
import type { Observation } from './event.ts';
import { withoutFailures } from './count-check.ts';
import { openProvisioningIncident } from './open-incident.ts';
import type { MachineRecord } from './record.ts';
import { enter, update, type Turn } from './turn.ts';

type Provisioning = Extract<MachineRecord['state'], { phase: 'provisioning' }>;

export function onObservedProvisioning(turn: Turn, state: Provisioning, observation: Observation): void {
  if (!observation.provider.ok) return;
  const { operation, state: provider } = observation.provider.value;
  const ours = operation?.action.id === state.actionId ? operation : null;
  if (ours?.status === 'failed') {
    const why = ours.error?.message ?? 'no reason given';
    return openProvisioningIncident(turn, `The machine could not be created: ${why}`);
  }
  if (provider === 'running' || (ours?.status === 'done' && provider !== 'absent')) return created(turn);
  if (ours?.status === 'done')
    return openProvisioningIncident(turn, 'The machine vanished after its creation');
  if (provider === 'unknown') return;
  if (isProvisioningLate(turn, state.since))
    return openProvisioningIncident(turn, `The machine was not created in time; it is ${provider}`);
  // The provider knows nothing of our request: it is made again.
  if (provider === 'absent' && ours === null) update(turn, { state: { ...state, actionId: null } });
}

/** What has been created is given time from now on, and starts without failed checks. */
function created(turn: Turn): void {
  const { record, now, policy } = turn;
  const startGraceUntil = Math.max(record.startGraceUntil, now + policy.grace.machineStartMs);
  update(turn, { startGraceUntil, check: withoutFailures(record.check) });
  enter(turn, { phase: 'starting', since: now }, 'created');
}

/** The time of the level that gives machines up is the time in which a new one has to be there. */
function isProvisioningLate(turn: Turn, since: number): boolean {
  const { record, now, policy } = turn;
  const timeoutMs = policy.ladder.find((rung) => rung.level === 4)?.timeoutMs ?? policy.grace.machineStartMs;
  return now - since >= timeoutMs && now >= record.returnGraceUntil;
}
