/** What a person does with a machine is told to the audit log of its project, in the transaction of the change here. */
import type { AuditEntry, Origin } from '@fettle/contract';
import { auditText, difference } from '../audit.ts';
import type { Command } from './event.ts';
import type { MachineRecord } from './record.ts';
import { postNumbered, type Turn } from './turn.ts';

/** A person did something with the machine that is no command: ran a program in it, read its logs or its evidence. */
export function onAudited(turn: Turn, entry: AuditEntry): void {
  postNumbered(turn, { kind: 'audited', entry });
}

/** Tells what a person's command did to the machine's record. */
export function auditCommand(
  turn: Turn,
  { command, by, before }: { command: Command; by: Origin; before: MachineRecord },
): void {
  const after = { ...auditable(turn.record), ...('reason' in command ? { reason: command.reason } : {}) };
  const changed = difference(auditable(before), after);
  onAudited(turn, {
    at: turn.now,
    actor: by.actor,
    action: ACTIONS[command.kind],
    subject: before.identity.machineId,
    before: changed.before,
    after: changed.after ?? asked(command),
    requestId: by.requestId,
  });
}

/** The procedure that each command comes from. */
const ACTIONS: Record<Command['kind'], string> = {
  provision: 'machines.provision',
  start: 'machines.start',
  stop: 'machines.stop',
  restart: 'machines.restart',
  'restart-services': 'services.restart',
  'apply-versions': 'machines.refreshCode',
  rebuild: 'machines.rebuild',
  'restore-work': 'machines.restoreWork',
  'adopt-fleet': 'machines.adoptFleet',
  'revoke-credentials': 'machines.revokeCredentials',
  retire: 'machines.retire',
  destroy: 'machines.destroy',
};

/** What of a machine a command can change at once. */
function auditable({ desired, state, commands, credentials }: MachineRecord) {
  return { desired, phase: state.phase, commands, epoch: credentials.epoch };
}

/** A command that found everything as it wants it. */
function asked(command: Command): string {
  return auditText({ asked: command });
}
