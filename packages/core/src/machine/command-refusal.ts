/** Why a command cannot be taken. */
import { CAPABILITIES, type ErrorCode, type VersionRefs, type VersionSet } from '@fettle/contract';
import { auditRefusal } from './audit-refusal.ts';
import type { Command } from './event.ts';
import { shortVersions } from './ledger.ts';
import { orderOf } from './orders.ts';
import { isGivenUp, type MachineRecord } from './record.ts';

/** More than this many commands are not kept waiting: a person would not know any more what will happen. */
const MOST_COMMANDS = 16;

export type CommandRefusal = { code: ErrorCode; message: string };

/**
 * Why a command cannot be taken now; `null` when it can. Asked before the command is stored. What the project orders is
 * always taken: that it cannot be carried out is told to it as what came of the order.
 */
export function commandRefusal(record: MachineRecord, command: Command): CommandRefusal | null {
  if (orderOf(command) !== null) return null;
  return refusalOf(record, command) ?? (isOfPeople(command) ? auditRefusal(record) : null);
}

/** What a person asks has to be told to the audit log. */
function isOfPeople({ kind }: Command): boolean {
  return kind !== 'provision' && kind !== 'adopt-fleet' && kind !== 'retire' && kind !== 'destroy';
}

/** Why a command cannot be carried out, whoever asks. */
export function refusalOf(record: MachineRecord, command: Command): CommandRefusal | null {
  const { phase } = record.state;
  switch (command.kind) {
    case 'provision':
    case 'retire':
    case 'destroy':
    case 'adopt-fleet':
      return null;
    case 'start':
    case 'stop':
      return outOfReach(record);
    case 'revoke-credentials':
      return outOfReach(record) ?? revocationRefusal(record);
    case 'restart':
    case 'restart-services':
    case 'apply-versions':
    case 'rebuild':
    case 'restore-work':
      break;
  }
  const refused = outOfReach(record) ?? changeRefusal(record, command);
  if (refused !== null) return refused;
  if (phase === 'stopped' || phase === 'stopping') return conflict(`The machine is ${phase}; start it first`);
  if (phase === 'provisioning') return conflict('The machine is still being provisioned');
  if (record.commands.length >= MOST_COMMANDS)
    return conflict(`${record.commands.length} commands are waiting already`);
  return command.kind === 'restart-services' ? unknownService(record, command.names) : null;
}

/** Why the machine must not be brought to what a command asks for; `null` when it may, or nothing like that is asked. */
export function changeRefusal(record: MachineRecord, command: Command): CommandRefusal | null {
  if (command.kind !== 'apply-versions' && command.kind !== 'rebuild') return null;
  const { identity, fleet, versions } = record;
  if (command.kind === 'rebuild' && !CAPABILITIES[identity.type].rebuild)
    return { code: 'UNSUPPORTED', message: `A machine of type ${identity.type} keeps its image for life` };
  if (fleet.pinned !== null) return conflict(`The slot is pinned: ${fleet.pinned}`);
  const image = command.kind === 'rebuild' ? command.image : versions?.image;
  const bad = fleet.quarantined.find(
    (one) => one.image === image && leadsTo(command.refs ?? {}, versions, one),
  );
  if (bad === undefined) return null;
  return { code: 'QUARANTINED', message: `These versions are quarantined: ${shortVersions(bad)}` };
}

/** Whether a machine that runs `present` runs `bad` after a change to `refs`, as far as they name commits. */
function leadsTo(refs: VersionRefs, present: VersionSet | null, bad: VersionSet): boolean {
  return (['platform', 'customer'] as const).every((repository) => {
    const ref = refs[repository];
    return ref === undefined ? present?.[repository] === bad[repository] : names(ref, bad[repository]);
  });
}

/** Whether a ref is this commit, in full or abbreviated as git does it. */
function names(ref: string, commit: string): boolean {
  return ref === commit || (/^[0-9a-f]{7,}$/.test(ref) && commit.startsWith(ref));
}

function outOfReach({ state }: MachineRecord): CommandRefusal | null {
  if (state.phase === 'new') return conflict('The machine has not been provisioned yet');
  if (!isGivenUp(state)) return null;
  return { code: 'RETIRED', message: `The machine is ${state.phase}; its slot leads to another one` };
}

/** Before a machine has fetched credentials there is nothing to take back, and no way to hand it others. */
function revocationRefusal({ credentials }: MachineRecord): CommandRefusal | null {
  if (credentials.bootstrap !== null || credentials.delivery !== null) return null;
  return conflict('The machine has not fetched its credentials yet');
}

function unknownService({ services }: MachineRecord, names: string[]): CommandRefusal | null {
  const known = ['daemon', ...services.map((service) => service.name)];
  const wrong = names.find((name) => !known.includes(name));
  return wrong === undefined
    ? null
    : { code: 'SERVICE_NOT_FOUND', message: `There is no service ${wrong}; there are ${known.join(', ')}` };
}

function conflict(message: string): CommandRefusal {
  return { code: 'CONFLICT', message };
}
