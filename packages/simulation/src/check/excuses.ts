/**
 * Until when the rhythm of an object may be out of step. A fault of the platform itself breaks it, and the written
 * invariants give the repair its time: that of the sweep, or of the platform's own retries.
 */
import type { Fault, FaultKind } from '../faults/fault.ts';
import type { World } from '../world/world.ts';

const MINUTE = 60_000;

/** A lost alarm is found by the sweep within 3 minutes (M2): up to 90 s until it counts as stuck, and the next sweep. */
const SWEPT_MS = 3 * MINUTE;

/** The platform tries an alarm again whose object was reset, up to 2^9 times 2 s and a quarter apart. */
const RETRIED_MS = 22 * MINUTE;

type Excuse = { whose: 'all' | 'one'; afterMs: number };

const EXCUSES: Partial<Record<FaultKind, Excuse>> = {
  'crash-before-commit': { whose: 'one', afterMs: RETRIED_MS },
  'crash-after-commit': { whose: 'one', afterMs: RETRIED_MS },
  'crash-after-send': { whose: 'one', afterMs: RETRIED_MS },
  'crash-before-answer': { whose: 'one', afterMs: RETRIED_MS },
  'stale-instance': { whose: 'one', afterMs: SWEPT_MS },
  'process-killed': { whose: 'all', afterMs: SWEPT_MS },
  'region-outage': { whose: 'all', afterMs: SWEPT_MS },
  // An alarm that is late is on its way, and another one that is set behind it waits for it.
  'alarms-late': { whose: 'all', afterMs: 20 * MINUTE + SWEPT_MS },
  'alarm-lost': { whose: 'one', afterMs: SWEPT_MS },
  'alarm-stuck': { whose: 'one', afterMs: SWEPT_MS },
  'clock-ahead': { whose: 'all', afterMs: SWEPT_MS },
  'clock-back': { whose: 'all', afterMs: SWEPT_MS },
  'handler-throws': { whose: 'one', afterMs: SWEPT_MS },
};

/** Keeps who is excused, and until when. */
export class Excuses {
  private all = 0;
  private readonly one = new Map<string, number>();

  /** A fault begins; what it breaks may be broken until some time after its end. */
  add(fault: Fault, world: World): void {
    const excuse = EXCUSES[fault.kind];
    if (excuse === undefined) return;
    const until = world.timeline.now + fault.forMs + excuse.afterMs;
    if (excuse.whose === 'all') this.all = Math.max(this.all, until);
    else this.excuse(world.machineOf(fault.target), until);
    // A project that crashes does not sweep.
    if (excuse.whose === 'one' && fault.target % 4 === 3) this.all = Math.max(this.all, until);
  }

  isExcused(machineId: string, now: number): boolean {
    if (now < this.all) return true;
    return this.one.size > 0 && now < (this.one.get(machineId) ?? 0);
  }

  private excuse(machineId: string, until: number): void {
    this.one.set(machineId, Math.max(until, this.one.get(machineId) ?? 0));
  }
}
