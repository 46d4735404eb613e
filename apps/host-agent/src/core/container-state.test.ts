import { expect, it } from 'vitest';
import { observationOf, type InspectedContainer } from './container-state.ts';

function container(State: Partial<InspectedContainer['State']>): InspectedContainer {
  const zero = {
    Status: 'running',
    ExitCode: 0,
    OOMKilled: false,
    StartedAt: '2026-11-22T04:00:00.5Z',
    Error: '',
  };
  return { Id: 'c1', Image: 'sha256:abc', State: { ...zero, ...State } };
}

it.each([
  ['running', 'running'],
  ['paused', 'paused'],
  ['created', 'stopped'],
  ['exited', 'stopped'],
  ['dead', 'stopped'],
  ['restarting', 'starting'],
  ['removing', 'stopping'],
  ['levitating', 'unknown'],
])('a container that is %s is a machine that is %s', (Status, state) => {
  expect(observationOf(container({ Status }), true)).toMatchObject({
    state,
    instanceId: 'c1',
    diskPresent: true,
  });
});

it('tells the engine’s reason for a container that could not be started', () => {
  const Error = 'exec: "node": not found';
  expect(observationOf(container({ Status: 'created', Error }), true)).toMatchObject({ trouble: Error });
  expect(observationOf(container({}), true)).toMatchObject({ trouble: null });
});

it('has an exit code only when it ran and ended', () => {
  expect(observationOf(container({ Status: 'exited', ExitCode: 137, OOMKilled: true }), true)).toMatchObject({
    exitCode: 137,
    memoryKilled: true,
  });
  expect(observationOf(container({ Status: 'running', ExitCode: 0 }), true).exitCode).toBeNull();
  expect(observationOf(container({ Status: 'created', ExitCode: 0 }), true).exitCode).toBeNull();
});

it('has no start time when it never started', () => {
  expect(observationOf(container({ StartedAt: '0001-01-01T00:00:00Z' }), true).startedAt).toBeNull();
  expect(observationOf(container({}), true).startedAt).toBe(Date.UTC(2026, 10, 22, 4, 0, 0, 500));
});
