import { InstanceAborted, StaleInstance } from './call-failure.ts';
import type { ObjectContext } from './object-class.ts';
import type { ObjectStorage } from './object-storage.ts';
import type { Platform } from './platform.ts';

/**
 * One life of an object in memory, as its own code sees it:
 * - `live`: the one that has the storage
 * - `stale`: another one has taken over; it goes on until it touches its storage
 * - `gone`: nothing of it runs any more
 */
export class Instance<State> implements ObjectContext<State> {
  readonly id: string;
  standing: 'live' | 'stale' | 'gone' = 'live';
  /** Its own code asked for the reset. */
  aborted = false;
  private readonly storage: ObjectStorage<State>;
  private readonly platform: Platform;

  constructor(id: string, storage: ObjectStorage<State>, platform: Platform) {
    this.id = id;
    this.storage = storage;
    this.platform = platform;
  }

  read(): State | null {
    if (this.standing !== 'live') throw new StaleInstance(this.id);
    return this.storage.state;
  }

  write(state: State): void {
    if (this.standing !== 'live') throw new StaleInstance(this.id);
    this.storage.state = state;
  }

  getAlarm(): number | null {
    if (this.standing !== 'live') throw new StaleInstance(this.id);
    return this.storage.removesAlarm ? null : this.storage.alarm;
  }

  setAlarm(at: number): void {
    if (this.standing !== 'live') throw new StaleInstance(this.id);
    const now = this.platform.clock();
    this.storage.alarm = at > now ? at : now;
    this.storage.removesAlarm = false;
  }

  deleteAlarm(): void {
    if (this.standing !== 'live') throw new StaleInstance(this.id);
    this.storage.alarm = null;
    this.storage.removesAlarm = false;
  }

  transaction<Result>(work: () => Result): Result {
    if (this.standing !== 'live') throw new StaleInstance(this.id);
    const { state, alarm } = this.storage;
    try {
      return work();
    } catch (error) {
      this.storage.state = state;
      this.storage.alarm = alarm;
      throw error;
    }
  }

  now(): number {
    return this.platform.clock();
  }

  abort(): never {
    this.aborted = true;
    throw new InstanceAborted(this.id);
  }
}
