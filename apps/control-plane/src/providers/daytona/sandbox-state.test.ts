import { expect, it } from 'vitest';
import { stateOf } from './sandbox-state.ts';

/** SandboxState of API v0.205.1. */
const STATES = {
  creating: 'creating',
  restoring: 'starting',
  destroyed: 'absent',
  destroying: 'stopping',
  started: 'running',
  stopped: 'stopped',
  starting: 'starting',
  stopping: 'stopping',
  error: 'stopped',
  build_failed: 'stopped',
  pending_build: 'creating',
  building_snapshot: 'creating',
  unknown: 'unknown',
  pulling_snapshot: 'creating',
  archived: 'stopped',
  archiving: 'stopped',
  resizing: 'unknown',
  snapshotting: 'unknown',
  forking: 'unknown',
  pausing: 'stopping',
  paused: 'paused',
  resuming: 'starting',
} as const;

it('knows 22 states', () => {
  expect(Object.keys(STATES)).toHaveLength(22);
});

it.each(Object.entries(STATES))('takes %s for %s', (state, ours) => {
  expect(stateOf({ state, desiredState: null })).toBe(ours);
});

it.each(['resizing', 'snapshotting', 'forking'])('takes %s for what was wanted before', (state) => {
  expect(stateOf({ state, desiredState: 'started' })).toBe('running');
  expect(stateOf({ state, desiredState: 'stopped' })).toBe('stopped');
});

it.each(['hibernating', '11184809', '', 'toString'])(
  'takes %j, which nobody has published, for unknown',
  (state) => {
    expect(stateOf({ state, desiredState: 'started' })).toBe('unknown');
  },
);
