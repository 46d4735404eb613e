import type { Inspection } from '@fettle/contract/host-agent';
import { expect, test } from 'vitest';
import { dueStep } from './due.ts';
import type { SandboxRecord } from './record.ts';
import { sightingOf } from './settle.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;
const action = { id: 'tests.a.1/7', sequence: 7 };

const sandbox = (overrides: Partial<SandboxRecord> = {}): SandboxRecord => ({
  id: 'a1',
  name: 'a',
  machineId: 'tests.a.1',
  snapshot: 'i',
  user: 'daytona',
  env: {},
  labels: {},
  public: false,
  target: 'us',
  cpu: 1,
  memory: 1,
  disk: 3,
  autoStopInterval: 15,
  autoArchiveInterval: 60,
  autoDeleteInterval: -1,
  autoDestroyAt: null,
  createdAt: NOW,
  updatedAt: NOW,
  lastActivityAt: NOW,
  stoppedAt: null,
  rests: 'started',
  change: null,
  errorReason: null,
  recoverable: false,
  previewToken: 't',
  signedPreviews: [],
  ports: {},
  order: {
    identity: {
      machineId: 'tests.a.1',
      organization: 'tests',
      project: 'tests',
      slot: 'a',
      generation: 1,
      type: 'daytona',
    },
    services: [],
    limits: { memoryMb: 1024, cpus: 1, pids: 256 },
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

const operation = (status: 'running' | 'done' | 'failed'): Inspection['operation'] => ({
  action,
  kind: 'start',
  status,
  startedAt: NOW,
  finishedAt: null,
  error: status === 'failed' ? { code: 'DISK_FULL', message: 'The disk is full' } : null,
});

const look = (record: SandboxRecord, inspection: Inspection | null, sending = false) =>
  sightingOf(record, inspection, { sending, now: NOW });

test.each([
  [0, 'stopped'],
  [137, 'stopped'],
  [143, 'stopped'],
  [1, 'error'],
  [null, 'stopped'],
])('a sandbox that ended by itself with %j is %s', (exitCode, state) => {
  const sighting = look(sandbox(), seen({ state: 'stopped', exitCode }));
  expect(sighting).toMatchObject({ state, changes: { rests: state, recoverable: state === 'error' } });
});

test('what is under way is told until the host is done with it', () => {
  const starting = sandbox({ rests: 'stopped', change: { kind: 'start', action } });
  expect(look(starting, null, true).state).toBe('starting');
  expect(look(starting, seen({ state: 'starting', operation: operation('running') })).state).toBe('starting');
  expect(look(starting, seen({ operation: operation('done') }))).toMatchObject({
    state: 'started',
    changes: { change: null, lastActivityAt: NOW, stoppedAt: null },
  });
  expect(look(starting, seen({ state: 'stopped', operation: operation('failed') }))).toMatchObject({
    state: 'error',
    changes: { errorReason: 'failed to start: The disk is full', recoverable: true },
  });
});

test('an order that was lost is an error, a copy that failed is none, and silence is unknown', () => {
  const creating = sandbox({ change: { kind: 'create', action } });
  const failed = look(creating, seen({ state: 'absent' }));
  expect(failed.state).toBe('error');
  expect(look(sandbox(failed.changes), seen({ state: 'absent' }))).toEqual({ state: 'error', changes: {} });
  expect(look(sandbox({ change: { kind: 'stop', action } }), seen()).state).toBe('started');
  const copying = sandbox({ change: { kind: 'snapshot', action } });
  expect(look(copying, seen({ operation: operation('failed') })).state).toBe('started');
  expect(look(sandbox(), null)).toEqual({ state: 'unknown', changes: {} });
  expect(look(sandbox(), seen({ state: 'absent' })).state).toBe('destroyed');
});

test('what is due follows from the intervals', () => {
  expect(dueStep(sandbox(), NOW + 15 * MINUTE - 1)).toBeNull();
  expect(dueStep(sandbox(), NOW + 15 * MINUTE)).toBe('stop');
  expect(dueStep(sandbox({ autoStopInterval: 0 }), NOW + 10_000 * MINUTE)).toBeNull();
  expect(dueStep(sandbox({ change: { kind: 'stop', action } }), NOW + 15 * MINUTE)).toBeNull();
  const stopped = sandbox({ rests: 'stopped', stoppedAt: NOW });
  expect(dueStep(stopped, NOW + 60 * MINUTE)).toBe('archive');
  expect(dueStep({ ...stopped, autoArchiveInterval: 0 }, NOW + 29 * 24 * 60 * MINUTE)).toBeNull();
  expect(dueStep({ ...stopped, autoArchiveInterval: 0 }, NOW + 30 * 24 * 60 * MINUTE)).toBe('archive');
  expect(dueStep({ ...stopped, autoDeleteInterval: 0 }, NOW)).toBe('destroy');
  expect(dueStep(sandbox({ autoDestroyAt: NOW + MINUTE }), NOW + MINUTE)).toBe('destroy');
});
