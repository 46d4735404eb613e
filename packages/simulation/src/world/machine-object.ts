/**
 * The object that watches one machine, as the control plane has it: every entry is an event for the core, which says
 * what must be stored before anything else happens, and only the alarm acts.
 */
import type { HealthReport, Policy } from '@fettle/contract';
import {
  commandRefusal,
  isGivenUp,
  isStale,
  newMachineRecord,
  nextReportIn,
  type Command,
  type Decision,
  type MachineEvent,
  type MachineOrigin,
  type OutboxEntry,
  type PendingAction,
  type SweptMachine,
} from '@fettle/core';
import type { AlarmInfo, ObjectContext, ObjectMethods } from '../runtime/object-class.ts';
import { ask, type Turns } from '../runtime/turns.ts';
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
      this.keeper.replace({ record: newMachineRecord(origin, this.context.now()), policy });
    this.keeper.take({ type: 'commanded', command: { kind: 'provision' } });
    return null;
  }

  adoptPolicy(policy: Policy): null {
    const kept = this.keeper.get();
    if (kept !== null) this.keeper.replace({ record: kept.record, policy });
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
  command(command: Command): boolean {
    const kept = this.keeper.get();
    if (kept === null || commandRefusal(kept.record, command) !== null) return false;
    this.keeper.take({ type: 'commanded', command });
    return true;
  }

  /** The second clock: sets this object's alarm again if it was lost, and tells how late it is. */
  ensureArmed(_input: null): SweptMachine['answer'] {
    const rearmed = this.keeper.repairAlarm();
    const kept = this.keeper.get();
    if (kept === null) return null;
    const { record, policy } = kept;
    const stale = isStale(record, policy, this.context.now());
    return { rearmed, lagMs: record.lag?.lastMs ?? null, stale };
  }

  *alarm(info: AlarmInfo): Turns<void> {
    try {
      try {
        yield* this.run(this.keeper.beginRun(info));
      } finally {
        this.keeper.endRun();
      }
    } catch (error) {
      outliveError(this.context, error);
    }
  }

  private *run(woke: Decision | null): Turns<void> {
    const queue: (OutboxEntry | PendingAction)[] = [];
    enqueue(queue, woke);
    for (let sent = 0; sent < MOST_SENDS; sent++) {
      const next = queue.shift();
      if (next === undefined) return;
      const event = 'message' in next ? yield* this.deliver(next) : yield* this.sendIfWanted(next);
      if (event !== null) enqueue(queue, this.keeper.take(event));
    }
  }

  private *deliver(entry: OutboxEntry): Turns<MachineEvent | null> {
    const kept = this.keeper.get();
    if (kept === null) return null;
    try {
      yield* ask(this.around.deliver(kept.record.identity, entry));
      return { type: 'delivered', entryId: entry.id, ok: true };
    } catch {
      // Whatever it was, the message was not acknowledged.
      return { type: 'delivered', entryId: entry.id, ok: false };
    }
  }

  /** What was planned may have been overtaken while a message was under way: an operator's stop beats a restart. */
  private *sendIfWanted(action: PendingAction): Turns<MachineEvent | null> {
    const kept = this.keeper.get();
    if (kept === null || kept.record.pending?.ref.id !== action.ref.id) return null;
    const { record, policy } = kept;
    const { id: actionId } = action.ref;
    if (action.do === 'observe') {
      const observation = yield* ask(this.around.look(record, policy, action.depth, this.context.now()));
      return { type: 'observed', actionId, observation };
    }
    const wait =
      action.do === 'request-permit'
        ? this.around.permit(record, action)
        : this.around.effect(record, policy, action);
    return { type: 'finished', actionId, outcome: yield* ask(wait) };
  }
}

function enqueue(queue: (OutboxEntry | PendingAction)[], decision: Decision | null): void {
  if (decision !== null) queue.push(...decision.messages, ...decision.actions);
}
