import { expect, it } from 'vitest';
import { lastExit, lastStart, runOf, stateOf } from './machine-state.ts';
import { FlyMachine, volumeName, machineName } from './machine.ts';
import * as v from 'valibot';

/** Fly's documentation, "Machine states". */
const STATES = {
  created: 'stopped',
  started: 'running',
  stopped: 'stopped',
  suspended: 'paused',
  failed: 'stopped',
  creating: 'creating',
  starting: 'starting',
  stopping: 'stopping',
  restarting: 'starting',
  suspending: 'stopping',
  destroying: 'stopping',
  launch_failed: 'stopped',
  updating: 'starting',
  replacing: 'starting',
  destroyed: 'absent',
  replaced: 'unknown',
  migrated: 'unknown',
} as const;

it.each(Object.entries(STATES))('takes %s for %s', (state, ours) => {
  expect(stateOf({ state, host_status: 'ok' })).toBe(ours);
});

it.each(['hibernating', '', 'constructor'])('takes %j, which is not documented, for unknown', (state) => {
  expect(stateOf({ state, host_status: 'ok' })).toBe('unknown');
});

it.each(['unreachable', 'unknown'])(
  'believes no state while the host is %s, but that it is destroyed',
  (host_status) => {
    expect(stateOf({ state: 'started', host_status })).toBe('unknown');
    expect(stateOf({ state: 'destroyed', host_status })).toBe('absent');
  },
);

const machine = (events: unknown[]) => v.parse(FlyMachine, { id: 'm1', events });
const start = (timestamp: number) => ({ id: `s${timestamp}`, type: 'start', status: 'started', timestamp });
const exit = (timestamp: number, exit_event: unknown) => ({
  id: `x${timestamp}`,
  type: 'exit',
  status: 'stopped',
  timestamp,
  request: { exit_event },
});

it('names a run by its start, whatever the order of the events', () => {
  expect(runOf(machine([start(2), exit(1, {}), start(1)]))).toBe('m1#s2');
  expect(runOf(machine([start(1), start(2)]))).toBe('m1#s2');
  expect(runOf(machine([]))).toBe('m1#0');
});

it('tells how the last run ended, and not how one before did', () => {
  const ended = machine([
    exit(5, { exit_code: 137, oom_killed: true }),
    start(4),
    exit(3, { exit_code: 0 }),
    start(2),
  ]);
  expect(lastExit(ended)?.request?.exit_event).toEqual({ exit_code: 137, oom_killed: true });
  expect(lastExit(machine([start(6), exit(5, { exit_code: 137 })]))).toBeNull();
  expect(lastStart(machine([{ id: 'a', type: 'start', status: 'starting', timestamp: 9 }]))).toBeNull();
});

it('gives names that Fly takes', () => {
  expect(machineName('demo.web-1.12')).toBe('demo--web-1--12');
  expect(volumeName('0b5c5a3e-4a0d-4c57-9c0e-6f1f6f3f2f11')).toMatch(/^[a-z0-9_]{1,30}$/);
});
