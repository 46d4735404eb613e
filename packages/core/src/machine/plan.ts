/**
 * What to do next, given what is known. At most one action is pending at a time. The order is: credentials that the
 * machine lacks, what the phase needs (what is desired, or the next step of recovery), what a person asked for, the next look, and then copies, which rest on what it found.
 */
import { changeRefusal } from './command-refusal.ts';
import { looksBad } from './on-reported.ts';
import { isReportLate } from './health.ts';
import { OPERATION_MS } from './on-observed-given-up.ts';
import { planDelivery } from './plan-delivery.ts';
import { planRecovery } from './plan-recovery.ts';
import { planSalvage } from './plan-salvage.ts';
import { beginOrder, refuseOrder } from './orders.ts';
import type { Action, Asked, MachineRecord } from './record.ts';
import { refsOf } from './rollback-target.ts';
import { note, start, update, type Turn } from './turn.ts';
import { isCommandDue, isWatched, nextCheckAt } from './wake.ts';

export function plan(turn: Turn): void {
  if (turn.record.pending !== null) return;
  planDelivery(turn);
  if (turn.record.pending === null) planPhase(turn);
  if (turn.record.pending === null) planCommand(turn);
  if (turn.record.pending === null) planCheck(turn);
  if (turn.record.pending === null) planCopy(turn);
}

function planPhase(turn: Turn): void {
  const { state, desired } = turn.record;
  switch (state.phase) {
    case 'new':
    case 'starting':
    case 'healthy':
    case 'suspect':
    case 'settling':
    case 'stopped':
    case 'destroyed':
      return;
    case 'provisioning':
      if (state.actionId !== null) return;
      return update(turn, {
        state: {
          ...state,
          actionId: start(turn, { do: 'create', restoreCopyId: turn.record.restoreCopyId }).ref.id,
        },
      });
    case 'stopping':
      if (state.actionId !== null) return;
      return update(turn, { state: { ...state, ...ask(turn, { do: 'stop' }) } });
    case 'retired':
      if (state.actionId !== null || (state.settled && desired !== 'destroyed')) return;
      return update(turn, {
        state: { ...state, ...ask(turn, { do: desired === 'destroyed' ? 'destroy' : 'stop' }) },
      });
    case 'recovering':
      return planRecovery(turn);
    case 'bricked':
      return planSalvage(turn);
  }
}

function ask(turn: Turn, action: Action): Asked {
  return { actionId: start(turn, action).ref.id, until: turn.now + OPERATION_MS };
}

function planCommand(turn: Turn): void {
  const { record } = turn;
  const [command, ...rest] = record.commands;
  if (command === undefined || !isCommandDue(record)) return;
  update(turn, { commands: rest });
  // It was taken, and may have to be refused since.
  const refused = changeRefusal(record, command);
  if (refused !== null) {
    note(turn, 'command', `not carried out: ${refused.message}`);
    return refuseOrder(turn, command, refused.message);
  }
  const { ref } = start(turn, actionFor(command, record));
  beginOrder(turn, command, ref.id);
}

function actionFor(command: MachineRecord['commands'][number], record: MachineRecord): Action {
  switch (command.kind) {
    case 'restart-services':
      return { do: 'restart-services', names: command.names };
    case 'apply-versions':
      return { do: 'apply-versions', refs: command.refs, fresh: false };
    case 'rebuild': {
      const present = record.versions === null ? record.initialVersions : refsOf(record.versions);
      return { do: 'rebuild', image: command.image, refs: { ...present, ...command.refs } };
    }
    case 'restore-work':
      return { do: 'restore-work', from: command.from, evidence: command.evidence };
    case 'start':
    case 'restart':
      return { do: command.kind };
  }
}

function planCopy(turn: Turn): void {
  const { record, now, policy } = turn;
  if (record.state.phase !== 'healthy' || now < record.copy.dueAt || record.verdict?.health !== 'healthy')
    return;
  // The host works on something: as likely as not, on the copy before this one.
  if (record.inspection?.operation?.status === 'running') return;
  update(turn, { copy: { ...record.copy, dueAt: now + policy.copies.everyMs } });
  start(turn, { do: 'copy' });
}

function planCheck(turn: Turn): void {
  const { record, now, policy } = turn;
  if (!isWatched(record) || now < record.check.dueAt) return;
  update(turn, { check: { ...record.check, startedAt: now, dueAt: nextCheckAt(record, policy, now) } });
  start(turn, { do: 'observe', depth: isAllWell(turn) ? 'light' : 'deep' });
}

/** As long as all is well, nobody inside the machine is asked: its reports say enough. */
function isAllWell(turn: Turn): boolean {
  const { record, now, policy } = turn;
  return (
    record.state.phase === 'healthy' &&
    record.change === null &&
    record.order?.status !== 'running' &&
    record.verdict?.health === 'healthy' &&
    record.report !== null &&
    !isReportLate({ report: record.report, now, policy }) &&
    !looksBad(record.report.report)
  );
}
