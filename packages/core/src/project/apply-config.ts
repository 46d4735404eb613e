/** What an operator asks of a project: its template, its policy and its slots. */
import type { MachineTemplate, Policy } from '@fettle/contract';
import { machineIdOf, type ProjectConfig, type ProjectRecord } from './record.ts';
import { activeRollout } from './rollout/state.ts';
import { updateRollout } from './rollout/end.ts';
import { roomForMachines } from './quota.ts';
import { startsQuarantined, startVersions } from './start-versions.ts';
import { refuse, send, update, type ProjectTurn } from './turn.ts';

/** Takes a configuration, or refuses all of it. */
export function applyConfig(turn: ProjectTurn, config: ProjectConfig): void {
  const { template, policy } = config;
  const { type } = turn.record.template;
  if (template.type !== type)
    return refuse(
      turn,
      'CONFLICT',
      `template.type is ${type} for the life of the project, not ${template.type}`,
    );
  const known = new Set(turn.record.slots.map((slot) => slot.slot));
  const added = config.slots.filter((name) => !known.has(name));
  const room = roomForMachines(turn.record);
  if (added.length > 0 && added.length > room)
    return refuse(
      turn,
      'QUOTA_EXCEEDED',
      `slots: ${added.length} more machines were asked for, and quota.machines (${turn.record.quota.machines}) has room for ${Math.max(0, room)}`,
    );
  if (asksForQuarantined(turn.record, template, added.length > 0))
    return refuse(
      turn,
      'QUARANTINED',
      'template.versions are quarantined: new machines cannot start with them',
    );
  update(turn, { template });
  setPolicy(turn, policy);
  for (const slot of added) fillSlot(turn, slot);
}

/** A template that stays as it is asks for nothing, as long as new slots have something else to start with. */
function asksForQuarantined(
  record: ProjectRecord,
  template: MachineTemplate,
  isForNewSlots: boolean,
): boolean {
  if (!startsQuarantined(record, template)) return false;
  const start = ({ versions, image }: MachineTemplate) => JSON.stringify([versions, image]);
  if (start(template) !== start(record.template)) return true;
  return isForNewSlots && startVersions(record, template) === null;
}

function fillSlot(turn: ProjectTurn, slot: string): void {
  const { record, now } = turn;
  const { organization, project, template } = record;
  const machineId = machineIdOf(record, slot, 1);
  // Where there is nothing to start with, the configuration was refused.
  const { versions, image } = startVersions(record, template) ?? template;
  update(turn, {
    slots: [
      ...record.slots,
      { slot, machineId: null, machines: [machineId], generation: 1, phase: null, copy: null },
    ],
    plans: [
      ...record.plans,
      {
        slot,
        kind: 'fill',
        step: 'create',
        oldMachineId: null,
        newMachineId: machineId,
        copy: null,
        versions,
        image,
        startedAt: now,
        since: now,
      },
    ],
  });
  const identity = { machineId, organization, project, slot, generation: 1, type: template.type };
  send(turn, { do: 'provision', identity, versions, image, restoreCopyId: null });
  const rollout = activeRollout(record);
  if (rollout?.state === 'running' && rollout.isForAll)
    updateRollout(turn, { waiting: [...rollout.waiting, slot] });
}

export function setPolicy(turn: ProjectTurn, policy: Policy): void {
  if (JSON.stringify(policy) === JSON.stringify(turn.record.policy)) return;
  // One that is still on its way need not arrive any more.
  update(turn, { policy, pending: turn.record.pending.filter((action) => action.do !== 'adopt-policy') });
  for (const slot of turn.record.slots) {
    const newest = slot.machines[0];
    if (newest !== undefined) send(turn, { do: 'adopt-policy', machineId: newest });
  }
}
