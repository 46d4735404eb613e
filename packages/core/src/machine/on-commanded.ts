/** What somebody asks of a machine. What is wanted by a person beats recovery. */
import type { VersionRefs } from '@fettle/contract';
import { refusalOf } from './command-refusal.ts';
import { withoutFailures } from './count-check.ts';
import { revoked } from './credentials.ts';
import type { Command, MachineEvent } from './event.ts';
import type { FleetVersions } from './fleet-versions.ts';
import { close, endTry } from './incident.ts';
import { failOrder, orderOf, refuseOrder, takeOrder } from './orders.ts';
import { openIncident, type MachineRecord } from './record.ts';
import { isQuarantined } from './rollback-target.ts';
import { auditCommand } from './on-audited.ts';
import { checkSoon, enter, note, tellIncident, update, type Turn } from './turn.ts';
import { isDownAsWanted, isWatched } from './wake.ts';

export function onCommanded(turn: Turn, { command, by }: Extract<MachineEvent, { type: 'commanded' }>): void {
  const before = turn.record;
  const order = orderOf(command);
  if (order !== null && order === before.order?.id) return;
  const refused = refusalOf(before, command);
  if (refused !== null) return refuseOrder(turn, command, refused.message);
  carryOut(turn, command);
  if (by !== null) auditCommand(turn, { command, by, before });
}

function carryOut(turn: Turn, command: Command): void {
  const { record, now } = turn;
  // Nobody need wake for what is only known from now on.
  if (command.kind === 'adopt-fleet') return adoptFleet(turn, command.fleet);
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
      failOrder(turn, 'the machine was stopped');
      update(turn, { desired: 'stopped', pending: null, commands: [], change: null });
      enter(turn, { phase: 'stopping', since: now, actionId: null }, 'asked for');
      break;
    case 'start':
      if (record.desired === 'running') return;
      update(turn, {
        desired: 'running',
        pending: null,
        commands: [command],
        credentials: deliveryFromNow(record, now),
        check: withoutFailures(record.check),
      });
      enter(turn, { phase: 'starting', since: now }, 'asked for');
      break;
    case 'apply-versions':
    case 'rebuild':
      takeOrder(turn, command);
      wait(turn, command);
      break;
    case 'restart':
    case 'restart-services':
    case 'restore-work':
      wait(turn, command);
      break;
    case 'revoke-credentials': {
      const credentials = revoked(record.credentials, now);
      update(turn, { credentials });
      note(turn, 'command', `credentials revoked, epoch ${credentials.epoch} begins: ${command.reason}`);
      break;
    }
    case 'retire':
      if (record.state.phase === 'retired' || record.state.phase === 'destroyed') return;
      leaveIncident(turn, 'replaced');
      failOrder(turn, 'the machine was replaced');
      update(turn, { desired: 'retired', pending: null, commands: [], change: null });
      enter(turn, { phase: 'retired', since: now, actionId: null, settled: false }, 'replaced');
      break;
    case 'destroy':
      if (record.desired === 'destroyed') return;
      leaveIncident(turn, 'destroyed');
      failOrder(turn, 'the machine was destroyed');
      update(turn, { desired: 'destroyed', pending: null, commands: [], change: null });
      enter(turn, { phase: 'retired', since: now, actionId: null, settled: false }, 'to be cleaned up');
      break;
  }
  checkSoon(turn, 1);
}

/** A machine that was down could not be handed its credentials: its time for that begins now. */
function deliveryFromNow({ credentials }: MachineRecord, now: number): MachineRecord['credentials'] {
  return credentials.delivery === null
    ? credentials
    : { ...credentials, delivery: { since: now, nextAt: now } };
}

/** What the project knows of versions. Its words can overtake each other, and the last one counts. */
function adoptFleet(turn: Turn, fleet: FleetVersions): void {
  const { fleet: before, versions, state } = turn.record;
  if (fleet.word <= before.word || state.phase === 'destroyed') return;
  update(turn, { fleet });
  if (isQuarantined(fleet, versions) && !isQuarantined(before, versions))
    note(turn, 'version', 'what it runs was quarantined');
  if (fleet.pinned !== null && before.pinned === null)
    note(turn, 'version', `its slot was pinned: ${fleet.pinned}`);
  if (fleet.pinned === null && before.pinned !== null) note(turn, 'version', 'its slot is pinned no longer');
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

/** Keeps a command until its turn comes. */
function wait(turn: Turn, command: MachineRecord['commands'][number]): void {
  note(turn, 'command', describe(command));
  update(turn, { commands: [...turn.record.commands, command] });
}

function describe(command: MachineRecord['commands'][number]): string {
  switch (command.kind) {
    case 'start':
    case 'restart':
      return `${command.kind} asked for`;
    case 'restart-services':
      return `restart of ${command.names.join(', ')} asked for`;
    case 'apply-versions':
      return `refresh asked for: ${describeRefs(command.refs)}`;
    case 'rebuild':
      return `rebuild from ${command.image} asked for${command.refs ? `: ${describeRefs(command.refs)}` : ''}`;
    case 'restore-work':
      return `work of evidence ${command.evidence} of ${command.from} asked for`;
  }
}

function describeRefs(refs: VersionRefs): string {
  return Object.entries(refs)
    .map(([repository, ref]) => `${repository} to ${ref}`)
    .join(', ');
}
