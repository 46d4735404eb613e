/** Slots that stay on what they run, because a person wants it so. */
import { slotNamed } from './slot-state.ts';
import { notify, refuse, update, type ProjectTurn } from './turn.ts';

/** Pins a slot. Again with the same reason it changes nothing. A change that was not sent yet is not sent any more. */
export function onPinned(turn: ProjectTurn, { slot, reason }: { slot: string; reason: string }): void {
  const known = slotNamed(turn.record, slot);
  if (known === undefined) return refuse(turn, 'SLOT_NOT_FOUND', `There is no slot ${slot}`);
  const { pins, pending } = turn.record;
  if (pins.some((one) => one.slot === slot && one.reason === reason)) return;
  const others = pins.filter((one) => one.slot !== slot);
  const [machineId = null] = known.machines;
  update(turn, {
    pins: [...others, { slot, reason, since: turn.now }],
    pending: pending.filter((action) => action.do !== 'change' || action.machineId !== machineId),
  });
  notify(turn, { kind: 'pinned', slot, machineId, message: `${slot} stays on what it runs: ${reason}` });
}

/** Lets a slot be changed again; one that was not pinned stays as it is. */
export function onUnpinned(turn: ProjectTurn, { slot }: { slot: string }): void {
  const known = slotNamed(turn.record, slot);
  if (known === undefined) return refuse(turn, 'SLOT_NOT_FOUND', `There is no slot ${slot}`);
  const { pins } = turn.record;
  if (pins.every((one) => one.slot !== slot)) return;
  update(turn, { pins: pins.filter((one) => one.slot !== slot) });
  const [machineId = null] = known.machines;
  notify(turn, { kind: 'pinned', slot, machineId, message: `${slot} is no longer pinned` });
}
