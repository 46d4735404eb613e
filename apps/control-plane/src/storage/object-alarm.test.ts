import { beforeEach, describe, expect, test } from 'vitest';
import { ObjectAlarm } from './object-alarm.ts';

const SECOND = 1000;

/** As much of an object's storage as an alarm needs. */
class FakeStorage {
  at: number | null = null;
  writes = 0;

  async getAlarm(): Promise<number | null> {
    return this.at;
  }

  async setAlarm(at: number): Promise<void> {
    this.writes += 1;
    this.at = at;
  }

  async sync(): Promise<void> {}

  async deleteAlarm(): Promise<void> {
    this.writes += 1;
    this.at = null;
  }

  transactionSync<T>(work: () => T): T {
    const before = this.at;
    try {
      return work();
    } catch (error) {
      this.at = before;
      throw error;
    }
  }
}

let storage: FakeStorage;
let alarm: ObjectAlarm;

beforeEach(() => {
  storage = new FakeStorage();
  alarm = new ObjectAlarm(storage as unknown as DurableObjectStorage);
});

describe('an alarm', () => {
  test('is written when it changes only', async () => {
    await alarm.set(5000);
    await alarm.set(5000);
    expect([storage.at, storage.writes]).toEqual([5000, 1]);
    await alarm.set(null);
    await alarm.set(null);
    expect([storage.at, storage.writes]).toEqual([null, 2]);
  });

  test('is written again once it has fired, also to the same time as before', async () => {
    await alarm.set(5000);
    alarm.fired(4000);
    await alarm.set(5000);
    expect(storage.writes).toBe(2);
  });

  test('is never set to the time of the one that runs', async () => {
    alarm.fired(5000);
    await alarm.set(5000);
    expect(storage.at).toBe(5001);
  });

  test('is written again after a transaction that failed', async () => {
    const failing = () =>
      alarm.transaction(() => {
        void alarm.set(5000);
        throw new Error('the disk is full');
      });
    expect(failing).toThrow('the disk is full');
    expect(storage.at).toBeNull();
    await alarm.set(5000);
    expect(storage.at).toBe(5000);
  });
});

describe('an object that wakes for something else', () => {
  test('sets an alarm only when there is none at all', async () => {
    storage.at = 1;
    await alarm.setIfLost(5000);
    expect([storage.at, storage.writes]).toEqual([1, 0]);
  });

  test('sets one that is lost, never in the past', async () => {
    const before = Date.now();
    await alarm.setIfLost(5000);
    expect(storage.at).toBeGreaterThan(before);
  });

  test('keeps the one that is set while the storage is asked', async () => {
    const asked = alarm.setIfLost(5000);
    await alarm.set(7000);
    await asked;
    await alarm.set(7000);
    expect([storage.at, storage.writes]).toEqual([7000, 1]);
  });

  test('sets none where none is needed', async () => {
    await alarm.setIfLost(null);
    expect(storage.writes).toBe(0);
  });
});

describe('the sweep', () => {
  const latest = () => Date.now() + 30 * SECOND;

  test.each<[string, () => number | null, boolean]>([
    ['is lost', () => null, true],
    ['is stuck in the past', () => Date.now() - 91 * SECOND, true],
    ['is late, but may still come', () => Date.now() - 60 * SECOND, false],
    ['is due', () => Date.now(), false],
    ['lies within the rhythm', () => Date.now() + 30 * SECOND, false],
    ['lies far ahead', () => Date.now() + 3600 * SECOND, true],
  ])('sets an alarm again that %s', async (_, at, repaired) => {
    storage.at = at();
    expect(await alarm.repair(latest())).toBe(repaired);
    expect(storage.writes > 0).toBe(repaired);
    if (repaired) expect(storage.at).toBeLessThanOrEqual(Date.now() + 1);
  });

  test('leaves an object alone that needs no alarm', async () => {
    expect(await alarm.repair(null)).toBe(false);
    expect(storage.writes).toBe(0);
  });
});
