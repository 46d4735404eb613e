import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { FlyMachine } from './machine.ts';
import { nextCall, type Next } from './next-call.ts';

const FRESH = { step: '', sends: 0, runBefore: null };
const machine = (state: string, run = 1) =>
  v.parse(FlyMachine, {
    id: 'm1',
    state,
    events: [{ id: `s${run}`, type: 'start', status: 'started', timestamp: run }],
  });
const word = (next: Next) => (next.do === 'fail' ? next.code : next.do);

describe('a start', () => {
  it.each([
    ['started', 'done'],
    ['stopped', 'start'],
    ['created', 'start'],
    ['suspended', 'start'],
    ['failed', 'start'],
    ['starting', 'wait'],
    ['stopping', 'wait'],
    ['replacing', 'wait'],
    ['hibernating', 'wait'],
    ['destroying', 'MACHINE_NOT_FOUND'],
    ['destroyed', 'MACHINE_NOT_FOUND'],
  ])('of one that is %s: %s', (state, expected) => {
    expect(word(nextCall('start', FRESH, machine(state)))).toBe(expected);
  });

  it('is not sent for ever', () => {
    expect(word(nextCall('start', { ...FRESH, step: 'start', sends: 3 }, machine('stopped')))).toBe(
      'PROVIDER_FAILED',
    );
  });
});

describe('a restart', () => {
  const before = { step: '', sends: 0, runBefore: 'm1#s1' };

  it('ends the run that there was, and is over when another has begun', () => {
    expect(word(nextCall('restart', before, machine('started', 1)))).toBe('restart');
    expect(word(nextCall('restart', before, machine('restarting', 1)))).toBe('wait');
    expect(word(nextCall('restart', before, machine('started', 2)))).toBe('done');
  });

  it('is a start where nothing runs', () => {
    expect(word(nextCall('restart', before, machine('stopped')))).toBe('start');
    expect(word(nextCall('restart', before, null))).toBe('MACHINE_NOT_FOUND');
  });

  it('waits for the other run when it was sent often enough', () => {
    expect(word(nextCall('restart', { ...before, step: 'restart', sends: 3 }, machine('started', 1)))).toBe(
      'wait',
    );
  });
});

it.each([
  ['started', 'stop'],
  ['stopping', 'wait'],
  ['stopped', 'done'],
  ['created', 'done'],
  ['suspended', 'done'],
  ['failed', 'done'],
  ['destroyed', 'done'],
])('a stop of one that is %s: %s', (state, expected) => {
  expect(word(nextCall('stop', FRESH, machine(state)))).toBe(expected);
});

it.each([
  ['started', 'delete'],
  ['failed', 'delete'],
  ['hibernating', 'delete'],
  ['destroying', 'wait'],
  ['destroyed', 'done'],
])('a destroy of one that is %s: %s', (state, expected) => {
  expect(word(nextCall('destroy', FRESH, machine(state)))).toBe(expected);
  expect(word(nextCall('destroy', FRESH, null))).toBe('done');
});

it.each(['create', 'rebuild'] as const)(
  'a %s is over when the machine runs, and fails when Fly gives up',
  (kind) => {
    expect(word(nextCall(kind, FRESH, machine('starting')))).toBe('wait');
    expect(word(nextCall(kind, FRESH, machine('created')))).toBe('wait');
    expect(word(nextCall(kind, FRESH, machine('started')))).toBe('done');
    expect(word(nextCall(kind, FRESH, machine('launch_failed')))).toBe('PROVIDER_FAILED');
    expect(word(nextCall(kind, FRESH, null))).toBe('MACHINE_NOT_FOUND');
  },
);
