import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeProvider } from '../providers/fake-provider.ts';
import { collectEvidence } from './collect-evidence.ts';
import { EvidenceStore } from './evidence-store.ts';

const T0 = Date.UTC(2026, 10, 22);
const TIMEOUT_MS = 15_000;

beforeEach(() => {
  vi.useFakeTimers({ now: T0 });
});

afterEach(() => {
  vi.useRealTimers();
});

const never = () => new Promise<never>(() => {});
const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));

/** A bucket that takes nothing, and holds nothing. */
const stuckBucket = { put: never, list: async () => ({ objects: [] }) } as unknown as R2Bucket;

/** A provider that tells what it knows at the last moment. */
function slowProvider(): FakeProvider {
  const told = {
    collectedAt: T0,
    processes: [],
    memoryKills: null,
    disk: null,
    repositories: [],
    work: [],
    stored: [],
    missing: [],
  };
  const result = { exitCode: 0, stdout: JSON.stringify(told), stderr: '', timedOut: false };
  return Object.assign(new FakeProvider(), {
    inspect: () => after(TIMEOUT_MS - 1, { lastCopy: null }),
    exec: () => after(TIMEOUT_MS - 1, result),
  });
}

test('evidence that nobody keeps takes its time, and no longer', async () => {
  let bundle: Awaited<ReturnType<typeof collectEvidence>> | null = null;
  const collecting = collectEvidence({
    action: {
      do: 'collect-evidence',
      incident: 1,
      level: 3,
      ref: { id: 'demo.web-1.1/17', sequence: 17 },
      createdAt: T0,
      sends: 1,
      nextSendAt: T0,
    },
    machineId: 'demo.web-1.1',
    provider: slowProvider(),
    store: new EvidenceStore(stuckBucket),
    snapshots: [],
    events: [],
    lastCopy: null,
    timeoutMs: TIMEOUT_MS,
    now: T0,
  }).then((collected) => (bundle = collected));
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS + 3000);
  expect(bundle).toMatchObject({ id: '17', parts: [] });
  const { missing } = await collecting;
  expect(missing.map(({ part }) => part).toSorted()).toEqual([
    'events.json',
    'inside.json',
    'provider.json',
    'snapshots.json',
  ]);
});
