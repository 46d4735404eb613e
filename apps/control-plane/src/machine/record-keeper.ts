import type { Snapshot } from '@fettle/contract';
import {
  commitOf,
  decide,
  latestAlarm,
  snapshotsOf,
  wakeAt,
  type Decision,
  type Fact,
  type MachineEvent,
} from '@fettle/core';
import { ObjectAlarm } from '../storage/object-alarm.ts';
import { MachineStore, type Kept, type Page } from './store.ts';
import { log } from '../log.ts';

/** An alarm may fire this much before its time by our clock; then its own time counts. */
const CLOCK_BEHIND_MS = 1000;

/**
 * A machine's record as it is now. It is stored when the core says so, together with the facts and the next alarm, in
 * one transaction: all of it, or nothing. What is not stored yet is in memory, and everything works on that.
 */
export class RecordKeeper {
  readonly store: MachineStore;
  private readonly alarm: ObjectAlarm;
  /** Undefined while nothing has been read. */
  private kept: Kept | null | undefined;
  private arming: Promise<void> = Promise.resolve();
  private unstored: { facts: Fact[] } | null = null;

  constructor(storage: DurableObjectStorage) {
    this.store = new MachineStore(storage);
    this.alarm = new ObjectAlarm(storage);
  }

  /** The record and its policy; `null` before the machine was provisioned. */
  get(): Kept | null {
    if (this.kept === undefined) this.kept = this.store.load();
    return this.kept;
  }

  /** One for each look, the newest first. */
  snapshots(page: Page): Snapshot[] {
    const open = this.get()?.record.span ?? null;
    const newest = open === null ? [] : snapshotsOf(open);
    const { limit, before = Infinity } = page;
    const all = [...newest.filter(({ at }) => at < before), ...this.store.snapshots(page)];
    return all.slice(0, limit);
  }

  /** Takes a new machine, or another policy for one, and wakes to live by it. */
  async replace(kept: Kept): Promise<void> {
    // Reading it first makes the tables of an object that is new.
    this.get();
    const wanted = wakeAt(kept.record, Date.now());
    await this.commit(kept, [], wanted === null ? null : Date.now() + 1);
  }

  /** The alarm fires: what follows is its run, until `endRun`. */
  beginRun(scheduledFor: number | undefined): Promise<Decision | null> {
    this.alarm.fired(scheduledFor ?? null);
    const event: MachineEvent =
      scheduledFor === undefined ? { type: 'woke' } : { type: 'woke', scheduledFor };
    return this.take(event);
  }

  /** Decides what follows from an event, and stores it if it must be durable before anything else happens. */
  async take(event: MachineEvent): Promise<Decision | null> {
    const kept = this.get();
    if (kept === null) return null;
    const now = clock(event);
    const decision = decide({ ...kept, event, now });
    const next = { record: decision.record, policy: kept.policy };
    if (commitOf({ before: kept.record, event, decision, now }) === 'now') {
      await this.commit(next, decision.facts, decision.wakeAt);
      return decision;
    }
    this.kept = next;
    if (next.record !== kept.record || decision.facts.length > 0)
      this.unstored = { facts: [...(this.unstored?.facts ?? []), ...decision.facts] };
    // Not waited for: the platform lets no question out before the alarm is durable.
    if (event.type === 'woke') this.arming = this.alarm.set(decision.wakeAt);
    return decision;
  }

  /** Stores what is not stored yet. */
  async endRun(): Promise<void> {
    await this.arming;
    const kept = this.get();
    if (kept === null || this.unstored === null) return;
    await this.commit(kept, [], wakeAt(kept.record, Date.now()));
  }

  /** Sets an alarm where there should be one and is none at all. */
  async armIfLost(): Promise<void> {
    const kept = this.get();
    if (kept !== null) await this.alarm.setIfLost(wakeAt(kept.record, Date.now()));
  }

  /** Sets an alarm that is lost, stuck or astray. True when it had to. */
  async repairAlarm(): Promise<boolean> {
    return this.alarm.repair(this.latestAlarm());
  }

  private latestAlarm(): number | null {
    const now = Date.now();
    try {
      const kept = this.get();
      return kept === null ? null : latestAlarm(kept.record, kept.policy, now);
    } catch (error) {
      // An object that cannot be read now goes on trying: the next release may read it.
      log.error('the record cannot be read', error);
      return now + UNREADABLE_RETRY_MS;
    }
  }

  private async commit(next: Kept, facts: readonly Fact[], wake: number | null): Promise<void> {
    const all = [...(this.unstored?.facts ?? []), ...facts];
    const isNewPolicy = this.kept?.policy !== next.policy;
    let armed: Promise<void> | undefined;
    this.alarm.transaction(() => {
      if (isNewPolicy) this.store.saveAll(next);
      else this.store.save(next.record);
      this.store.keep(all, next.policy.history);
      armed = this.alarm.set(wake);
    });
    this.kept = next;
    this.unstored = null;
    await armed;
  }
}

/** The alarm of an object that cannot be read lies at most this far ahead. */
const UNREADABLE_RETRY_MS = 60_000;

function clock(event: MachineEvent): number {
  const now = Date.now();
  const set = event.type === 'woke' ? (event.scheduledFor ?? 0) : 0;
  return set > now && set - now < CLOCK_BEHIND_MS ? set : now;
}
