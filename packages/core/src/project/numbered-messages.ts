/** Messages of machines that must have their effect once, however often they come. */
import type { AuditEntry } from '@fettle/contract';
import { watchedMachines } from './record.ts';
import { notify, tellAudit, update, type ProjectTurn } from './turn.ts';

/** Of machines that are gone the last number is kept for so many: what they sent last may come again. */
const MOST_GONE = 200;

/** What a person did with a machine becomes a row of the project's chain. */
export function onAudited(
  turn: ProjectTurn,
  { machineId, number, entry }: { machineId: string; number: number; entry: AuditEntry },
): void {
  if (isNew(turn, machineId, number)) turn.audit.push(entry);
}

/** Two have shown one bootstrap token: one of them should not have it. A person must look. */
export function onCredentialsMisused(
  turn: ProjectTurn,
  { machineId, number, at }: { machineId: string; number: number; at: number },
): void {
  if (!isNew(turn, machineId, number)) return;
  const message = `Two have shown the bootstrap token of ${machineId}, and the first was believed. Revoke its credentials, and find out who has read the token`;
  notify(turn, { kind: 'credentials', slot: slotOf(turn, machineId), machineId, message });
  const after = JSON.stringify({ at });
  tellAudit(turn, { action: 'machine.credentials-misused', subject: machineId, before: null, after });
}

/** A machine takes nothing of what we sign, and cannot be mended like that. A person must look. */
export function onCommandsRefused(
  turn: ProjectTurn,
  { machineId, number, at }: { machineId: string; number: number; at: number },
): void {
  if (!isNew(turn, machineId, number)) return;
  const minutes = Math.round((turn.now - at) / 60_000);
  const message = `${machineId} has refused every command of ours for ${minutes} minutes, so that it cannot be repaired: it knows none of our keys, its clock is wrong, or somebody else answers in its place`;
  notify(turn, { kind: 'credentials', slot: slotOf(turn, machineId), machineId, message });
}

function slotOf({ record }: ProjectTurn, machineId: string): string | null {
  return record.slots.find((one) => one.machines.includes(machineId))?.slot ?? null;
}

/** Whether nothing with this number or a higher one came before; from now on it has. They come in order. */
function isNew(turn: ProjectTurn, machineId: string, number: number): boolean {
  const { record } = turn;
  const last = record.heard.find((one) => one.machineId === machineId)?.number ?? 0;
  if (number <= last) return false;
  const watched = new Set(watchedMachines(record));
  const others = record.heard.filter((one) => one.machineId !== machineId);
  const gone = others.filter((one) => !watched.has(one.machineId)).slice(-MOST_GONE);
  const present = others.filter((one) => watched.has(one.machineId));
  update(turn, { heard: [...gone, ...present, { machineId, number }] });
  return true;
}
