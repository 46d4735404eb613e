/** A machine tells what became of it: what it is to its slot, to the storm guard, and to the versions that it runs. */
import type { Phase } from '@fettle/contract';
import { rememberSickness } from './blame.ts';
import { seeProven } from './proven.ts';
import { blameVersions } from './quarantine.ts';
import { presentMachines, type Slot, type ToldMachine } from './record.ts';
import { onMachineHealthy } from './substitution.ts';
import { notify, tellAudit, update, type ProjectTurn } from './turn.ts';

export function onMachineChanged(turn: ProjectTurn, change: { phase: Phase } & ToldMachine): void {
  const { record } = turn;
  const { phase, ...word } = change;
  const { machineId } = word;
  const slot = record.slots.find((one) => one.machines[0] === machineId);
  const before = record.told.find((one) => one.machineId === machineId);
  // Words can overtake each other: an older one says nothing, and a machine that was given up does not come back.
  if (before !== undefined && before.word > word.word) return;
  if (slot && isGivenUp(slot.phase) && !isGivenUp(phase)) return;
  // A late word of a machine that was replaced must not count against its project for ever.
  const counts = presentMachines(record).includes(machineId);
  const sick = word.sick && counts;
  const others = record.told.filter((one) => one.machineId !== machineId);
  const after = { ...word, sick };
  update(turn, {
    told: counts ? [...others, after] : others,
    held: sick ? record.held : record.held.filter((one) => one.machineId !== machineId),
    permits: sick ? record.permits : record.permits.filter((permit) => permit.machineId !== machineId),
    slots: record.slots.map((slot) => (slot.machines[0] === machineId ? withPhase(slot, phase) : slot)),
  });
  if (counts && slot !== undefined) judgeVersions(turn, { slot: slot.slot, before, after });
  if (phase === 'healthy') onMachineHealthy(turn, machineId);
  if (phase === 'destroyed') onDestroyed(turn, machineId);
}

function judgeVersions(
  turn: ProjectTurn,
  told: { slot: string; before: ToldMachine | undefined; after: ToldMachine },
): void {
  const { slot, after } = told;
  seeProven(turn, told);
  update(turn, { sickened: rememberSickness(turn.record, { slot, told: after, now: turn.now }) });
  blameVersions(turn);
}

/** A slot leads to nothing from the moment its machine is given up; the plan for another one follows. */
function withPhase(slot: Slot, phase: Phase): Slot {
  return { ...slot, phase, machineId: isGivenUp(phase) ? null : slot.machineId };
}

function isGivenUp(phase: Phase | null): boolean {
  return phase === 'bricked' || phase === 'retired' || phase === 'destroyed';
}

function onDestroyed(turn: ProjectTurn, machineId: string): void {
  const machine = turn.record.retired.find((one) => one.machineId === machineId);
  if (!machine) return;
  update(turn, { retired: turn.record.retired.filter((one) => one !== machine) });
  tellAudit(turn, { action: 'machine.destroyed', subject: machineId, before: null, after: null });
  notify(turn, {
    kind: 'cleaned-up',
    slot: machine.slot,
    machineId,
    message: `${machineId} was cleaned up; its copies are kept`,
  });
}
