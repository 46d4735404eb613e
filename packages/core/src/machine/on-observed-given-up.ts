/** A look at a machine that was given up: only the saving of its data and its end are still of interest. */
import type { Operation } from '@fettle/contract';
import type { Observation } from './event.ts';
import { replacementFor } from './rollback-target.ts';
import type { Asked, MachineRecord } from './record.ts';
import { enter, note, post, takeRhythm, update, type Turn } from './turn.ts';

type Bricked = Extract<MachineRecord['state'], { phase: 'bricked' }>;
type Retired = Extract<MachineRecord['state'], { phase: 'retired' }>;

/** How long a copy of what is left may take before the newest older copy has to do. */
export const SALVAGE_COPY_MS = 2 * 60_000;

export function onObservedBricked(turn: Turn, state: Bricked, observation: Observation): void {
  const { salvage } = state;
  const timedOut = turn.now >= salvage.until;
  if (salvage.step === 'done' || salvage.actionId === null || (!observation.provider.ok && !timedOut)) return;
  const operation = observation.provider.ok ? observation.provider.value.operation : null;
  const ended = operation?.action.id === salvage.actionId && operation.status !== 'running';
  if (!ended && !timedOut) return;
  salvageStepEnded(turn, ended && operation?.status === 'done');
}

/** Goes on to the next step of saving the data, whether this one worked or not. */
export function salvageStepEnded(turn: Turn, worked: boolean): void {
  const { state } = turn.record;
  if (state.phase !== 'bricked') return;
  if (state.salvage.step === 'stop') {
    const salvage = { step: 'copy', actionId: null, until: turn.now + SALVAGE_COPY_MS } as const;
    return update(turn, { state: { ...state, salvage } });
  }
  if (!worked) note(turn, 'copy', 'what is left on the disk could not be copied; an older copy has to do');
  finishSalvage(turn);
}

/** How old the newest copy of the machine's data is; `null` when there is none. */
export function copyAge({ copy }: MachineRecord, now: number): number | null {
  return copy.last === null ? null : Math.max(0, now - copy.last.takenAt);
}

/** The data is as safe as it will get: the project is told. */
export function finishSalvage(turn: Turn): void {
  const { state, copy } = turn.record;
  if (state.phase !== 'bricked') return;
  update(turn, { state: { ...state, salvage: { step: 'done', actionId: null, until: turn.now } } });
  post(turn, {
    kind: 'bricked',
    incident: state.incident,
    copy: copy.last,
    copyAgeMs: copyAge(turn.record, turn.now),
    ...replacementFor(turn.record),
  });
}

export function onObservedRetired(turn: Turn, state: Retired, observation: Observation): void {
  if (!observation.provider.ok) return;
  const { state: provider, diskPresent, operation } = observation.provider.value;
  const wantsDestroyed = turn.record.desired === 'destroyed';
  if (wantsDestroyed && provider === 'absent' && !diskPresent) {
    return enter(turn, { phase: 'destroyed', since: turn.now }, 'nothing of it is left');
  }
  if (!wantsDestroyed && (provider === 'stopped' || provider === 'absent')) {
    if (!state.settled) update(turn, { state: { ...state, settled: true } });
    return;
  }
  if (isUnderWay(operation, state, turn.now)) return;
  update(turn, { state: { ...state, actionId: null, settled: false } });
  // Of one that is down the next look is far away.
  if (state.settled) takeRhythm(turn);
}

/** A provider that says for longer than this that it stops or destroys a machine has lost what it was asked. */
export const OPERATION_MS = 5 * 60_000;

/**
 * Whether the provider still works on what was asked of it. If it does not, or has not ended for too long, and what was
 * wanted has not come true, the action failed, was refused, or was lost: it is asked for again under a new id.
 */
export function isUnderWay(operation: Operation | null, asked: Asked, now: number): boolean {
  const { actionId, until = Infinity } = asked;
  return (
    now < until && operation !== null && operation.action.id === actionId && operation.status === 'running'
  );
}
