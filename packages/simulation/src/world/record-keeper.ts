/** A machine's record as its object keeps it: stored when the core says so, with the next alarm; in memory until then. */
import type { Policy } from '@fettle/contract';
import {
  commitOf,
  decide,
  latestAlarm,
  wakeAt,
  type Decision,
  type MachineEvent,
  type MachineRecord,
} from '@fettle/core';
import type { AlarmInfo, ObjectContext } from '../runtime/object-class.ts';
import type { Turns } from '../runtime/turns.ts';
import { ObjectAlarm } from './object-alarm.ts';
import type { MachineSurroundings } from './surroundings.ts';

export type StoredMachine = {
  record: MachineRecord;
  policy: Policy;
  /** How much people have done with the machine: each must be told to the audit log once. */
  taken: number;
};

/** An alarm may fire this much before its time by our clock; then its own time counts. */
const CLOCK_BEHIND_MS = 1000;

export class RecordKeeper {
  private readonly context: ObjectContext<StoredMachine>;
  private readonly around: MachineSurroundings;
  private readonly alarm: ObjectAlarm;
  /** Undefined while nothing has been read. */
  private kept: StoredMachine | null | undefined;
  private isUnstored = false;

  constructor(context: ObjectContext<StoredMachine>, around: MachineSurroundings) {
    this.context = context;
    this.around = around;
    this.alarm = new ObjectAlarm(context);
  }

  /** The record and its policy; `null` before the machine was provisioned. */
  get(): StoredMachine | null {
    if (this.kept === undefined) this.kept = this.context.read();
    return this.kept;
  }

  /** Takes a new machine, or another policy for one, and wakes to live by it. */
  replace(kept: StoredMachine): void {
    const now = this.context.now();
    this.commit(kept, wakeAt(kept.record, now) === null ? null : now + 1);
  }

  /** The alarm fires: what follows is its run, until `endRun`. */
  beginRun({ scheduledTime }: AlarmInfo): Decision | null {
    this.alarm.fired(scheduledTime);
    return this.take({ type: 'woke', scheduledFor: scheduledTime });
  }

  /** Decides what follows from an event, and stores it if it must be durable before anything else happens. */
  take(event: MachineEvent): Decision | null {
    const kept = this.get();
    if (kept === null) return null;
    const { record: before, policy, taken } = kept;
    const now = this.clock(event);
    const decision = this.decide({ record: before, event, now, policy });
    const isWish = event.type === 'audited' || (event.type === 'commanded' && event.by !== null);
    const next = { record: decision.record, policy, taken: isWish ? taken + 1 : taken };
    if (commitOf({ before, event, decision, now }) === 'now') this.commit(next, decision.wakeAt);
    else {
      this.kept = next;
      this.isUnstored ||= next.record !== before;
      if (event.type === 'woke') this.alarm.set(decision.wakeAt);
    }
    this.around.machineStepped({ before, event, now, policy, decision });
    return decision;
  }

  /** Stores what is not stored yet. */
  endRun(): void {
    const kept = this.get();
    if (kept !== null && this.isUnstored) this.commit(kept, wakeAt(kept.record, this.context.now()));
  }

  /** Sets an alarm where there should be one and is none at all. */
  armIfLost(): void {
    const kept = this.get();
    if (kept !== null) this.alarm.setIfLost(wakeAt(kept.record, this.context.now()));
  }

  /** Whether the alarm is neither lost, nor stuck, nor astray. */
  isAlarmWell(): boolean {
    const kept = this.get();
    return kept === null || this.alarm.isWell(latestAlarm(kept.record, kept.policy, this.context.now()));
  }

  repairAlarm(): Turns<void> {
    return this.alarm.repair();
  }

  private commit(next: StoredMachine, wake: number | null): void {
    this.context.write(next);
    this.alarm.set(wake);
    this.kept = next;
    this.isUnstored = false;
  }

  private clock(event: MachineEvent): number {
    const now = this.context.now();
    const set = event.type === 'woke' ? (event.scheduledFor ?? 0) : 0;
    return set > now && set - now < CLOCK_BEHIND_MS ? set : now;
  }

  private decide(input: Parameters<typeof decide>[0]): Decision {
    try {
      return decide(input);
    } catch (error) {
      this.around.threw(error);
      throw error;
    }
  }
}
