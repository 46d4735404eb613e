/** What somebody asks of a machine. What is wanted by a person beats recovery. */
import type { ErrorCode } from '@fettle/contract';
import type { Command } from './event.ts';
import { withoutFailures } from './count-check.ts';
import { close, endTry } from './incident.ts';
import { isGivenUp, openIncident, type MachineRecord } from './record.ts';
import { checkSoon, enter, note, tellIncident, update, type Turn } from './turn.ts';
import { isDownAsWanted, isWatched } from './wake.ts';

/** More than this many commands are not kept waiting: a person would not know any more what will happen. */
const MOST_COMMANDS = 16;

/** Why a command cannot be taken now; `null` when it can. Asked before the command is stored. */
export function commandRefusal(
  record: MachineRecord,
  command: Command,
): { code: ErrorCode; message: string } | null {
  const { phase } = record.state;
  if (command.kind === 'provision' || command.kind === 'retire' || command.kind === 'destroy') return null;
  if (command.kind === 'adopt-fleet') return null;
  if (phase === 'new') return { code: 'CONFLICT', message: 'The machine has not been provisioned yet' };
  if (isGivenUp(record.state))
    return { code: 'RETIRED', message: `The machine is ${phase}; its slot leads to another one` };
  if (command.kind === 'start' || command.kind === 'stop') return null;
  if (phase === 'stopped' || phase === 'stopping')
    return { code: 'CONFLICT', message: `The machine is ${phase}; start it first` };
  if (phase === 'provisioning')
    return { code: 'CONFLICT', message: 'The machine is still being provisioned' };
  if (record.commands.length >= MOST_COMMANDS)
    return { code: 'CONFLICT', message: `${record.commands.length} commands are waiting already` };
  if (command.kind === 'restart-services') return unknownService(record, command.names);
  return null;
}

function unknownService(record: MachineRecord, names: string[]): { code: ErrorCode; message: string } | null {
  const known = ['daemon', ...record.services.map((service) => service.name)];
  const wrong = names.find((name) => !known.includes(name));
  return wrong === undefined
    ? null
    : { code: 'SERVICE_NOT_FOUND', message: `There is no service ${wrong}; there are ${known.join(', ')}` };
}

export function onCommanded(turn: Turn, command: Command): void {
  const { record, now } = turn;
  if (commandRefusal(record, command) !== null) return;
  if (command.kind === 'adopt-fleet') {
    if (command.fleet.word > record.fleet.word) update(turn, { fleet: command.fleet });
    return;
  }
  // Nobody was meant to wake until now: that is not an absence.
  if (!isWatched(record) || isDownAsWanted(record)) update(turn, { lastTickAt: now });
  switch (command.kind) {
    case 'provision':
      if (record.state.phase !== 'new') return;
      enter(turn, { phase: 'provisioning', since: now, actionId: null }, 'asked for');
      break;
    case 'stop':
      if (record.desired === 'stopped') return;
      leaveIncident(turn, 'stopped by an operator');
      update(turn, { desired: 'stopped', pending: null, commands: [], change: null });
      enter(turn, { phase: 'stopping', since: now, actionId: null }, 'asked for');
      break;
    case 'start':
      if (record.desired === 'running') return;
      update(turn, {
        desired: 'running',
        pending: null,
        commands: [command],
        check: withoutFailures(record.check),
      });
      enter(turn, { phase: 'starting', since: now }, 'asked for');
      break;
    case 'restart':
    case 'restart-services':
    case 'apply-versions':
    case 'rebuild':
    case 'restore-work':
      note(turn, 'command', describe(command));
      update(turn, { commands: [...record.commands, command] });
      break;
    case 'retire':
      if (record.state.phase === 'retired' || record.state.phase === 'destroyed') return;
      leaveIncident(turn, 'replaced');
      update(turn, { desired: 'retired', pending: null, commands: [], change: null });
      enter(turn, { phase: 'retired', since: now, actionId: null, settled: false }, 'replaced');
      break;
    case 'destroy':
      if (record.desired === 'destroyed') return;
      leaveIncident(turn, 'destroyed');
      update(turn, { desired: 'destroyed', pending: null, commands: [], change: null });
      enter(turn, { phase: 'retired', since: now, actionId: null, settled: false }, 'to be cleaned up');
      break;
  }
  checkSoon(turn, 1);
}

function leaveIncident(turn: Turn, why: string): void {
  const incident = openIncident(turn.record.state);
  if (incident === null) return;
  const bricked = incident.outcome === 'bricked';
  // The level that gives a machine up has done its work once another machine took its place.
  const outcome = bricked ? 'healed' : 'failed';
  const ended = endTry(incident, { outcome, reason: null, message: why }, turn.now);
  note(turn, 'incident', `incident ${incident.number} ended: ${why}`);
  tellIncident(turn, close(ended, bricked ? 'bricked' : 'cancelled', turn.now));
}

function describe(command: MachineRecord['commands'][number]): string {
  switch (command.kind) {
    case 'start':
    case 'restart':
      return `${command.kind} asked for`;
    case 'restart-services':
      return `restart of ${command.names.join(', ')} asked for`;
    case 'apply-versions':
      return `refresh asked for: ${Object.entries(command.refs)
        .map(([repository, ref]) => `${repository} to ${ref}`)
        .join(', ')}`;
    case 'rebuild':
      return `rebuild asked for: ${command.image}`;
    case 'restore-work':
      return `restore of work asked for: evidence ${command.evidence} of ${command.from}`;
  }
}
