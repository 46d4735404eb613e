/**
 * The object that watches one machine, as the control plane has it: every entry is decided, what has an effect is stored
 * before it is sent, and only the alarm acts. What nobody outside could have noticed is kept in memory until the end of
 * the alarm's run.
 */
import type { HealthReport, Policy } from '@fettle/contract';
import {
  commandRefusal,
  commitOf,
  decide,
  isGivenUp,
  latestAlarm,
  newMachineRecord,
  nextReportIn,
  wakeAt,
  type Command,
  type Decision,
  type MachineEvent,
  type MachineOrigin,
  type MachineRecord,
  type OutboxEntry,
  type PendingAction,
} from '@fettle/core';
import type { AlarmInfo, ObjectContext, ObjectMethods } from '../runtime/object-class.ts';
import { ask, type Turns } from '../runtime/turns.ts';
import { armIfLost, outliveError, rearm } from './run-alarm.ts';
import type { MachineSurroundings } from './surroundings.ts';

export type StoredMachine = { record: MachineRecord; policy: Policy };

/** What a machine object says to its sweep. */
export type Armed = { rearmed: boolean };

/** Sends of one alarm; what is left over is sent at the next wake. */
const MOST_SENDS = 24;

export class MachineObject implements ObjectMethods {
  private readonly context: ObjectContext<StoredMachine>;
  private readonly around: MachineSurroundings;
  /** Newer than what is stored; `null` when nothing is. */
  private remembered: StoredMachine | null = null;
  private isAlarmRunning = false;

  constructor(context: ObjectContext<StoredMachine>, around: MachineSurroundings) {
    this.context = context;
    this.around = around;
    armIfLost(context, this.nextWake());
  }

  provision({ origin, policy }: { origin: MachineOrigin; policy: Policy }): null {
    if (this.load() === null) this.save({ record: newMachineRecord(origin, this.context.now()), policy });
    this.step({ type: 'commanded', command: { kind: 'provision' } });
    return null;
  }

  adoptPolicy(policy: Policy): null {
    const machine = this.load();
    if (machine === null) return null;
    this.save({ record: machine.record, policy });
    const next = wakeAt(machine.record, this.context.now());
    if (next !== null) this.context.setAlarm(this.context.now() + 1);
    return null;
  }

  /** How long the daemon is to wait before its next report; `null` when the machine was given up. */
  report(report: HealthReport): number | null {
    const machine = this.load();
    if (machine === null || isGivenUp(machine.record.state)) return null;
    const decision = this.step({ type: 'reported', report });
    return decision === null ? null : nextReportIn(decision.record, machine.policy, this.context.now());
  }

  /** True when the command was taken. */
  command(command: Command): boolean {
    const machine = this.load();
    if (machine === null || commandRefusal(machine.record, command) !== null) return false;
    this.step({ type: 'commanded', command });
    return true;
  }

  /** The second clock. Says whether the alarm had to be set again. */
  ensureArmed(_input: null): Armed {
    const machine = this.load();
    if (machine === null) return { rearmed: false };
    const { record, policy } = machine;
    return { rearmed: rearm(this.context, latestAlarm(record, policy, this.context.now())) };
  }

  *alarm(info: AlarmInfo): Turns<void> {
    this.isAlarmRunning = true;
    try {
      const queue: (OutboxEntry | PendingAction)[] = [];
      enqueue(queue, this.step({ type: 'woke', scheduledFor: info.scheduledTime }));
      for (let sent = 0; sent < MOST_SENDS; sent++) {
        const next = queue.shift();
        if (next === undefined) break;
        const event = 'message' in next ? yield* this.deliver(next) : yield* this.sendIfWanted(next);
        if (event !== null) enqueue(queue, this.step(event));
      }
      if (this.remembered !== null) this.save(this.remembered);
    } catch (error) {
      outliveError(this.context, error);
    } finally {
      this.isAlarmRunning = false;
    }
  }

  private *deliver(entry: OutboxEntry): Turns<MachineEvent | null> {
    const machine = this.load();
    if (machine === null) return null;
    try {
      yield* ask(this.around.deliver(machine.record.identity, entry));
      return { type: 'delivered', entryId: entry.id, ok: true };
    } catch {
      // Whatever it was, the message was not acknowledged.
      return { type: 'delivered', entryId: entry.id, ok: false };
    }
  }

  /** What was planned may have been overtaken while a message was under way: an operator's stop beats a restart. */
  private *sendIfWanted(action: PendingAction): Turns<MachineEvent | null> {
    const machine = this.load();
    if (machine === null || machine.record.pending?.ref.id !== action.ref.id) return null;
    const { record, policy } = machine;
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

  /** Decides; stores what has to be durable now, and the alarm with it. */
  private step(event: MachineEvent): Decision | null {
    const machine = this.load();
    if (machine === null) return null;
    const { record: before, policy } = machine;
    const now = this.context.now();
    const decision = decide({ record: before, event, now, policy });
    const after = { record: decision.record, policy };
    const isLate = commitOf({ before, event, decision, now }) === 'at-the-end';
    if (isLate) this.remembered = after;
    else this.save(after);
    if (this.isAlarmRunning || !isLate) this.arm(decision.wakeAt);
    this.around.stepped({ before, event, now, policy, decision });
    return decision;
  }

  private arm(wakeAt: number | null): void {
    const { context } = this;
    if (wakeAt === null) context.deleteAlarm();
    else if (context.getAlarm() !== wakeAt) context.setAlarm(wakeAt);
  }

  private load(): StoredMachine | null {
    return this.remembered ?? this.context.read();
  }

  private save(machine: StoredMachine): void {
    this.context.write(machine);
    this.remembered = null;
  }

  private nextWake(): number | null {
    const machine = this.load();
    return machine === null ? null : wakeAt(machine.record, this.context.now());
  }
}

function enqueue(queue: (OutboxEntry | PendingAction)[], decision: Decision | null): void {
  if (decision !== null) queue.push(...decision.messages, ...decision.actions);
}
