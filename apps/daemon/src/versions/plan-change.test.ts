import { describe, expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import {
  isNewerAction,
  isStaleAction,
  newestAction,
  processesToRestart,
  refsToResolve,
  repositoriesToChange,
} from './plan-change.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('what has to be resolved', () => {
  const first = { platform: 'main', customer: 'release' };

  test('is what was named when the machine has versions', () => {
    expect(refsToResolve({ refs: { customer: B }, first, hasCurrent: true })).toEqual([['customer', B]]);
  });

  test('is everything when it has none: named refs first, then those of its first start', () => {
    expect(refsToResolve({ refs: { customer: B }, first, hasCurrent: false })).toEqual([
      ['platform', 'main'],
      ['customer', B],
    ]);
  });

  test('is the default branch where nobody ever named a version', () => {
    expect(refsToResolve({ refs: {}, first: { customer: 'main' }, hasCurrent: false })).toEqual([
      ['platform', 'HEAD'],
      ['customer', 'main'],
    ]);
  });
});

describe('what has to change', () => {
  const current = { platform: A, customer: A };

  test.each([
    ['nothing, when the commits are there already', { platform: A, customer: A }, false, []],
    ['only what differs', { platform: A, customer: B }, false, ['customer']],
    ['only what was named', { customer: B }, false, ['customer']],
    [
      'everything named, when it is to be fresh',
      { platform: A, customer: A },
      true,
      ['platform', 'customer'],
    ],
  ] as const)('is %s', (_, resolved, fresh, expected) => {
    const map = new Map(Object.entries(resolved)) as ReadonlyMap<'platform' | 'customer', string>;
    expect(repositoriesToChange({ resolved: map, current, fresh })).toEqual(expected);
  });

  test('is everything on a machine without versions', () => {
    const resolved = new Map([['platform', A] as const, ['customer', A] as const]);
    expect(repositoriesToChange({ resolved, current: null, fresh: false })).toEqual(['platform', 'customer']);
  });
});

describe('who has to be restarted', () => {
  const { services } = machineSpec();

  test.each([
    ['the services of a changed customer', ['customer'], [], ['web']],
    ['the daemon of a changed platform', ['platform'], [], ['daemon']],
    ['everybody, the daemon last', ['platform', 'customer'], [], ['web', 'daemon']],
    ['also whom a killed change left running the old code', ['customer'], ['daemon'], ['web', 'daemon']],
    ['nobody when nothing changed', [], [], []],
  ] as const)('is %s', (_, changed, due, expected) => {
    expect(processesToRestart({ changed, services, due })).toEqual(expected);
  });
});

describe('an action', () => {
  test.each([
    ['is stale after a newer one of its machine', 'demo.web-1.1/3', 'demo.web-1.1/4', true],
    ['is not stale when it is the newest', 'demo.web-1.1/4', 'demo.web-1.1/3', false],
    ['is not stale when it is repeated', 'demo.web-1.1/4', 'demo.web-1.1/4', false],
    ['counts by number, not by text', 'demo.web-1.1/10', 'demo.web-1.1/9', false],
    ['cannot be compared with that of another machine', 'demo.web-1.2/1', 'demo.web-1.1/9', false],
    ['of a person cannot be compared', 'by-hand', 'demo.web-1.1/9', false],
    ['is not stale on a machine in its first versions', 'demo.web-1.1/1', null, false],
  ])('%s', (_, action, applied, stale) => {
    expect(isStaleAction(action, applied)).toBe(stale);
  });
});

describe('versions that a machine is to start with', () => {
  test.each([
    ['are newer than the first set when somebody asked for them', 'demo.web-1.1/2', null, true],
    ['are newer than an older action', 'demo.web-1.1/10', 'demo.web-1.1/9', true],
    ['are not newer than the action that they come from', 'demo.web-1.1/4', 'demo.web-1.1/4', false],
    ['are not newer than a later change', 'demo.web-1.1/4', 'demo.web-1.1/5', false],
    ['are newer than what another machine left on the disk', 'demo.web-1.2/1', 'demo.web-1.1/9', true],
    ['are not there when the action has no number', 'by-hand', 'demo.web-1.1/4', false],
    ['are never newer when nobody asked for them', null, 'demo.web-1.1/4', false],
  ])('%s', (_, action, applied, newer) => {
    expect(isNewerAction(action, applied)).toBe(newer);
  });
});

describe('the action that a set remembers', () => {
  test.each([
    ['is the one that made it', 'demo.web-1.1/4', 'demo.web-1.1/3', 'demo.web-1.1/4'],
    ['is that of the set before when a person made it', 'by-hand', 'demo.web-1.1/3', 'demo.web-1.1/3'],
    ['is none on a machine where nobody ever asked', null, null, null],
  ])('%s', (_, action, applied, expected) => {
    expect(newestAction(action, applied)).toBe(expected);
  });
});
