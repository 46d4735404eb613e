import type { Inspection } from '@fettle/contract/host-agent';
import { expect, test } from 'vitest';
import type { MachineRecord } from './record.ts';
import { restartDue } from './restart-policy.ts';
import { sightingOf } from './settle.ts';
import { takeToken } from './token-bucket.ts';

const NOW = 1_700_000_000_000;
const action = { id: 'tests.a.1/7', sequence: 7 };

const machine = (overrides: Partial<MachineRecord> = {}): MachineRecord => ({
  id: 'a1',
  app: 'fleet',
  name: 'a',
  region: 'fra',
  machineId: 'tests.a.1',
  instanceId: '01A',
  config: { image: 'i' },
  volumeId: null,
  createdAt: NOW,
  updatedAt: NOW,
  rests: 'started',
  change: null,
  outOfDate: false,
  ended: null,
  restarts: { since: 0, count: 0 },
  lease: null,
  events: [],
  ports: {},
  order: {
    identity: {
      machineId: 'tests.a.1',
      organization: 'tests',
      project: 'tests',
      slot: 'a',
      generation: 1,
      type: 'fly',
    },
    services: [],
    limits: { memoryMb: 256, cpus: 1, pids: 256 },
    versions: { platform: 'main' },
    image: 'i',
    bootstrap: null,
    commandKeys: ['c'.repeat(43)],
    restoreCopyId: null,
  },
  ...overrides,
});

const seen = (overrides: Partial<Inspection> = {}): Inspection => ({
  machineId: 'tests.a.1',
  state: 'running',
  instanceId: 'x',
  image: 'i',
  startedAt: NOW,
  exitCode: null,
  memoryKilled: false,
  trouble: null,
  diskPresent: true,
  operation: null,
  lastCopy: null,
  host: 'h',
  ...overrides,
});

const operation = (status: 'running' | 'done' | 'failed', sequence = 7): Inspection['operation'] => ({
  action: { id: `tests.a.1/${sequence}`, sequence },
  kind: 'stop',
  status,
  startedAt: NOW,
  finishedAt: null,
  error: null,
});

const look = (record: MachineRecord, inspection: Inspection | null, sending = false) =>
  sightingOf(record, inspection, { sending, now: NOW });

test('what is under way is told until the host is done with it', () => {
  const stopping = machine({ change: { kind: 'stop', action } });
  expect(look(stopping, null, true).state).toBe('stopping');
  expect(look(stopping, seen({ operation: operation('running') })).state).toBe('stopping');
  const done = look(stopping, seen({ state: 'stopped', operation: operation('done') }));
  expect(done).toMatchObject({
    state: 'stopped',
    happened: 'stopped',
    changes: { rests: 'stopped', change: null },
  });
});

test('an order that the host has never seen leaves the machine as it was, and one to make it has failed', () => {
  const older = seen({ operation: operation('done', 6) });
  expect(look(machine({ change: { kind: 'stop', action } }), older)).toMatchObject({
    state: 'started',
    changes: { change: null },
  });
  const creating = machine({ rests: 'created', change: { kind: 'create', action } });
  const failed = look(creating, seen({ state: 'absent' }));
  expect(failed).toMatchObject({ state: 'failed', happened: 'failed' });
  expect(look(machine(failed.changes), seen({ state: 'absent' }))).toMatchObject({
    state: 'failed',
    changes: {},
  });
});

test('a host that cannot tell changes nothing', () => {
  expect(look(machine(), null)).toMatchObject({ state: 'started', hostStatus: 'unreachable', changes: {} });
  expect(look(machine(), seen({ state: 'unknown' }))).toMatchObject({
    state: 'started',
    hostStatus: 'unknown',
    changes: {},
  });
});

test('an end that nobody asked for is an exit with its code; a machine that is gone is destroyed', () => {
  expect(look(machine(), seen({ state: 'stopped', exitCode: 137, memoryKilled: true }))).toMatchObject({
    state: 'stopped',
    happened: 'exited',
    changes: { ended: { exitCode: 137, memoryKilled: true } },
  });
  expect(look(machine(), seen({ state: 'absent' })).state).toBe('destroyed');
});

test('the restart policy counts within its window', () => {
  const ended = { exitCode: 1, memoryKilled: false, at: NOW };
  const stopped = (overrides: Partial<MachineRecord> = {}) =>
    machine({ rests: 'stopped', ended, ...overrides });
  const policy = (name: string, max_retries?: number) => ({
    image: 'i',
    restart: { policy: name, max_retries },
  });
  expect(restartDue(stopped(), NOW)).toEqual({ since: NOW, count: 1 });
  expect(restartDue(stopped({ config: policy('no') }), NOW)).toBeNull();
  expect(restartDue(stopped({ ended: { ...ended, exitCode: 0 } }), NOW)).toBeNull();
  expect(
    restartDue(stopped({ ended: { ...ended, exitCode: 0 }, config: policy('always') }), NOW),
  ).not.toBeNull();
  const tried = { restarts: { since: NOW - 1000, count: 2 }, config: policy('on-failure', 2) };
  expect(restartDue(stopped(tried), NOW)).toBeNull();
  expect(restartDue(stopped(tried), NOW + 5 * 60_000)).toEqual({ since: NOW + 5 * 60_000, count: 1 });
  expect(restartDue(stopped({ ended: null }), NOW)).toBeNull();
});

test('a bucket lets a burst through, and then one a second', () => {
  const rate = { perSecond: 1, burst: 3 };
  let bucket: Parameters<typeof takeToken>[0];
  const take = (at: number) => {
    const outcome = takeToken(bucket, rate, at);
    bucket = outcome.bucket;
    return outcome.taken;
  };
  expect([0, 0, 0, 0, 999, 1000, 1001].map((at) => take(NOW + at))).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
});
