import { describe, expect, it } from 'vitest';
import { nextCall, type Next } from './next-call.ts';
import type { Sandbox } from './sandbox.ts';

const FRESH = { step: '', sends: 0 };

function sandbox(state: string, overrides: Partial<Sandbox> = {}): Sandbox {
  return {
    id: 'sb',
    name: 'demo.web-1.1',
    labels: {},
    state,
    desiredState: null,
    snapshot: null,
    errorReason: null,
    recoverable: null,
    runnerId: null,
    toolboxProxyUrl: null,
    ...overrides,
  };
}

const word = (next: Next) => (next.do === 'fail' ? next.code : next.do);

describe('a start', () => {
  it.each([
    ['started', 'done'],
    ['stopped', 'start'],
    ['archived', 'start'],
    ['archiving', 'start'],
    ['paused', 'start'],
    ['starting', 'wait'],
    ['restoring', 'wait'],
    ['resuming', 'wait'],
    ['stopping', 'wait'],
    ['pending_build', 'wait'],
    ['snapshotting', 'wait'],
    ['unknown', 'wait'],
    ['hibernating', 'wait'],
    ['destroying', 'MACHINE_NOT_FOUND'],
    ['destroyed', 'MACHINE_NOT_FOUND'],
    ['error', 'PROVIDER_FAILED'],
    ['build_failed', 'PROVIDER_FAILED'],
  ])('of one that is %s: %s', (state, expected) => {
    expect(word(nextCall('start', FRESH, sandbox(state)))).toBe(expected);
  });

  it('recovers one in error where Daytona says that it can be', () => {
    const broken = sandbox('error', { recoverable: true, errorReason: 'disk full' });
    expect(nextCall('start', FRESH, broken)).toEqual({ do: 'recover' });
    expect(nextCall('start', { step: 'recover', sends: 3 }, broken)).toEqual({
      do: 'fail',
      code: 'PROVIDER_FAILED',
      message: 'The sandbox does not run: disk full',
    });
  });

  it('waits for a start that Daytona has taken, and sends it again when it has not', () => {
    const sent = { step: 'start', sends: 1 };
    expect(word(nextCall('start', sent, sandbox('stopped', { desiredState: 'started' })))).toBe('wait');
    expect(word(nextCall('start', sent, sandbox('stopped', { desiredState: 'stopped' })))).toBe('start');
    expect(word(nextCall('start', { step: 'start', sends: 3 }, sandbox('stopped')))).toBe('PROVIDER_FAILED');
  });

  it('fails where nothing is', () => {
    expect(word(nextCall('start', FRESH, null))).toBe('MACHINE_NOT_FOUND');
  });
});

describe('a restart', () => {
  it.each([
    ['', 'started', 'stop'],
    ['stop', 'started', 'stop'],
    ['stop', 'stopping', 'wait'],
    ['stop', 'stopped', 'start'],
    ['', 'stopped', 'start'],
    ['start', 'starting', 'wait'],
    ['start', 'started', 'done'],
  ])('after the call %j finds it %s: %s', (step, state, expected) => {
    expect(word(nextCall('restart', { step, sends: 1 }, sandbox(state)))).toBe(expected);
  });

  it('waits for the stop that Daytona has taken', () => {
    const stopping = sandbox('started', { desiredState: 'stopped' });
    expect(word(nextCall('restart', { step: 'stop', sends: 1 }, stopping))).toBe('wait');
  });

  it('is not over when it finds it busy with a snapshot, which it waits for', () => {
    const copied = sandbox('snapshotting', { desiredState: 'started' });
    expect(word(nextCall('restart', FRESH, copied))).toBe('wait');
    expect(word(nextCall('restart', { step: 'start', sends: 1 }, copied))).toBe('done');
  });

  it('recovers one in error', () => {
    expect(word(nextCall('restart', FRESH, sandbox('error', { recoverable: true })))).toBe('recover');
  });
});

describe('a stop', () => {
  it.each([
    ['started', 'stop'],
    ['stopped', 'done'],
    ['archived', 'done'],
    ['paused', 'done'],
    ['stopping', 'wait'],
    ['starting', 'wait'],
    ['snapshotting', 'wait'],
    ['error', 'PROVIDER_FAILED'],
    ['destroyed', 'done'],
  ])('of one that is %s: %s', (state, expected) => {
    expect(word(nextCall('stop', FRESH, sandbox(state)))).toBe(expected);
  });

  it('has nothing to do where nothing is', () => {
    expect(word(nextCall('stop', FRESH, null))).toBe('done');
  });
});

describe('a destroy', () => {
  it.each([
    ['started', 'delete'],
    ['error', 'delete'],
    ['unknown', 'delete'],
    ['destroying', 'wait'],
    ['destroyed', 'done'],
  ])('of one that is %s: %s', (state, expected) => {
    expect(word(nextCall('destroy', FRESH, sandbox(state)))).toBe(expected);
  });

  it('is asked for again when it ended in error, and else waited for', () => {
    const going = { desiredState: 'destroyed' };
    expect(word(nextCall('destroy', FRESH, sandbox('started', going)))).toBe('wait');
    expect(word(nextCall('destroy', FRESH, sandbox('error', going)))).toBe('delete');
  });

  it('is over when nothing is there', () => {
    expect(word(nextCall('destroy', FRESH, null))).toBe('done');
  });
});

it('tells a create that failed from one that goes on', () => {
  expect(word(nextCall('create', FRESH, sandbox('pulling_snapshot')))).toBe('wait');
  expect(word(nextCall('create', FRESH, sandbox('started')))).toBe('done');
  expect(word(nextCall('create', FRESH, null))).toBe('MACHINE_NOT_FOUND');
  expect(nextCall('create', FRESH, sandbox('error', { errorReason: 'no such file' }))).toMatchObject({
    do: 'fail',
    message: 'The sandbox does not run: no such file',
  });
});
