/**
 * The object that watches one machine, as the control plane has it: every entry is an event for the core, which says
 * what must be stored before anything else happens, and only the alarm acts.
 */
import type { HealthReport, Origin, Policy } from '@fettle/contract';
import {
  auditRefusal,
  commandRefusal,
  isGivenUp,
  isStale,
  newMachineRecord,
  nextReportIn,
  type Command,
  type Decision,
  type MachineEvent,
  type MachineOrigin,
  type Observation,
  type Outcome,
  type OutboxEntry,
  type PendingAction,
  type SweptMachine,
} from '@fettle/core';
import type { AlarmInfo, ObjectContext, ObjectMethods } from '../runtime/object-class.ts';
import type { Turns, Wait } from '../runtime/turns.ts';
import { outliveError } from './object-alarm.ts';
import { RecordKeeper, type StoredMachine } from './record-keeper.ts';
import type { MachineSurroundings } from './surroundings.ts';

/** Sends of one alarm; what is left over is sent at the next wake. */
const MOST_SENDS = 24;

export class MachineObject implements ObjectMethods {
  private readonly context: ObjectContext<StoredMachine>;
  private readonly around: MachineSurroundings;
  private readonly keeper: RecordKeeper;

  constructor(context: ObjectContext<StoredMachine>, around: MachineSurroundings) {
    this.context = context;
    this.around = around;
    this.keeper = new RecordKeeper(context, around);
  }

  provision({ origin, policy }: { origin: MachineOrigin; policy: Policy }): null {
    if (this.keeper.get() === null)
      this.keeper.replace({ record: newMachineRecord(origin, this.context.now()), policy, taken: 0 });
    this.keeper.take({ type: 'commanded', by: null, command: { kind: 'provision' } });
    return null;
  }

  adoptPolicy(policy: Policy): null {
    const kept = this.keeper.get();
    if (kept !== null) this.keeper.replace({ ...kept, policy });
    return null;
  }

  /** How long the daemon is to wait before its next report; `null` when the machine was given up. */
  report(report: HealthReport): number | null {
    const kept = this.keeper.get();
    if (kept === null || isGivenUp(kept.record.state)) return null;
    this.keeper.armIfLost();
    const { record } = this.keeper.take({ type: 'reported', report }) ?? kept;
    return nextReportIn(record, kept.policy, this.context.now());
  }

  /** True when the command was taken. */
  command({ command, by }: { command: Command; by: Origin | null }): boolean {
    const kept = this.keeper.get();
    if (kept === null) return false;
    const isTaken = commandRefusal(kept.record, command) === null;
    // An order of the project is taken in any case: the project hears from the record that it failed.
    if (isTaken || ('order' in command && command.order !== null))
      this.keeper.take({ type: 'commanded', by, command });
    return isTaken;
  }

  /** A person runs a program in the machine, which changes nothing in this world. True when they may. */
  exec({ actor, requestId }: Origin): boolean {
    const kept = this.keeper.get();
    if (kept === null || auditRefusal(kept.record) !== null) return false;
    const subject = kept.record.identity.machineId;
    const at = this.context.now();
    const entry = { at, actor, action: 'machines.exec', subject, before: null, after: null, requestId };
    this.keeper.take({ type: 'audited', entry });
    return true;
  }

  /** The second clock: sets this object's alarm again if it was lost, and tells how late it is. */
  ensureArmed(_input: null): SweptMachine['answer'] | Turns<SweptMachine['answer']> {
    return this.keeper.isAlarmWell() ? this.armed(false) : this.rearm();
  }

  private *rearm(): Turns<SweptMachine['answer']> {
    yield* this.keeper.repairAlarm();
    return this.armed(true);
  }

  private armed(rearmed: boolean): SweptMachine['answer'] {
    const kept = this.keeper.get();
    if (kept === null) return null;
    const { record, policy } = kept;
    const stale = isStale(record, policy, this.context.now());
    return { rearmed, lagMs: record.lag?.lastMs ?? null, stale };
  }

  *alarm(info: AlarmInfo): Turns<void> {
    try {
      try {
        const queue: (OutboxEntry | PendingAction)[] = [];
        enqueue(queue, this.keeper.beginRun(info));
        let isProjectSilent = false;
        for (let sent = 0; sent < MOST_SENDS; sent++) {
          const next = queue.shift();
          if (next === undefined) break;
          if (isProjectSilent && 'message' in next) continue;
          const wait = this.waitFor(next);
          if (wait === null) continue;
          let event: MachineEvent;
          try {
            event = answered(next, yield wait);
          } catch (error) {
            event = failed(next, error);
          }
          isProjectSilent ||= event.type === 'delivered' && !event.ok;
          enqueue(queue, this.keeper.take(event));
        }
      } finally {
        this.keeper.endRun();
      }
    } catch (error) {
      outliveError(this.context, error);
    }
  }

  /** How something is sent. What was planned may have been overtaken by then: an operator's stop beats a restart. */
  private waitFor(next: OutboxEntry | PendingAction): Wait<unknown> | null {
    const kept = this.keeper.get();
    if (kept === null) return null;
    const { record, policy } = kept;
    if ('message' in next) return this.around.deliver(record.identity, next);
    if (record.pending?.ref.id !== next.ref.id) return null;
    switch (next.do) {
      case 'observe':
        return this.around.look(record, policy, next.depth, this.context.now());
      case 'request-permit':
        return this.around.permit(record, next);
      default:
        return this.around.effect(record, policy, next);
    }
  }
}

/** What an answer means; each wait answers with what its kind promises. */
function answered(sent: OutboxEntry | PendingAction, answer: unknown): MachineEvent {
  if ('message' in sent) return { type: 'delivered', entryId: sent.id, ok: true };
  const { id: actionId } = sent.ref;
  return sent.do === 'observe'
    ? { type: 'observed', actionId, observation: answer as Observation }
    : { type: 'finished', actionId, outcome: answer as Outcome };
}

/** A message that failed was not acknowledged, whatever it was; nothing else fails but by a bug. */
function failed(sent: OutboxEntry | PendingAction, error: unknown): MachineEvent {
  if ('message' in sent) return { type: 'delivered', entryId: sent.id, ok: false };
  throw error;
}

function enqueue(queue: (OutboxEntry | PendingAction)[], decision: Decision | null): void {
  if (decision === null) return;
  for (const message of decision.messages) queue.push(message);
  for (const action of decision.actions) queue.push(action);
}
