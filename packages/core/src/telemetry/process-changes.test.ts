import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changeToTell,
  changesSince,
  withTold,
  withoutGone,
  type KnownProcesses,
  type ProcessSight,
} from './process-changes.ts';

function sight(overrides: Partial<ProcessSight> = {}): ProcessSight {
  return { name: 'web', state: 'running', runs: 1, restarts: 0, exitCode: null, signal: null, ...overrides };
}

describe('a change that was seen', () => {
  test('tells the state that was left and the time in it', () => {
    const change = { name: 'web', from: 'starting', to: 'running', durationMs: 12.6 } as const;
    expect(changeToTell({ ...change, process: sight() })?.body).toEqual({
      kind: 'process',
      name: 'web',
      state: 'running',
      previousState: 'starting',
      durationMs: 13,
      restarts: 0,
      exitCode: null,
      signal: null,
    });
  });

  test('tells how a run ended, once', () => {
    const process = sight({ state: 'backing-off', exitCode: 1 });
    const change = { name: 'web', from: 'running', to: 'backing-off', durationMs: 5 } as const;
    const ended = changeToTell({ ...change, process });
    const after = changeToTell({ ...change, from: 'backing-off', to: 'starting', process });
    expect(ended?.body).toMatchObject({ exitCode: 1 });
    expect(after?.body).toMatchObject({ exitCode: null });
  });

  test('tells nothing of a removal', () => {
    const change = { name: 'web', from: 'stopped', to: null, durationMs: 5, process: sight() } as const;
    expect(changeToTell(change)).toBeNull();
  });

  test('leaves out an exit code that no Unix process has', () => {
    const process = sight({ state: 'failed', exitCode: 3_221_225_786, signal: 'S'.repeat(40) });
    const change = { name: 'web', from: 'running', to: 'failed', durationMs: 5, process } as const;
    expect(changeToTell(change)?.body).toMatchObject({ exitCode: null, signal: 'S'.repeat(16) });
  });
});

describe('a list of processes', () => {
  const known: KnownProcesses = { web: { state: 'running', runs: 1 } };

  test('tells nothing of what is known already', () => {
    expect(changesSince(known, [sight()])).toEqual([]);
  });

  test('tells a process that is not known, with nothing about the time before', () => {
    expect(changesSince({}, [sight()]).map((one) => one.body)).toMatchObject([
      { state: 'running', previousState: null, durationMs: 0 },
    ]);
  });

  test('tells once what changed meanwhile', () => {
    const now = sight({ state: 'failed', runs: 4, restarts: 3, exitCode: 2 });
    expect(changesSince(known, [now]).map((one) => one.body)).toMatchObject([
      { state: 'failed', previousState: 'running', durationMs: 0, restarts: 3, exitCode: 2 },
    ]);
  });

  test('tells a restart that ended in the state from which it began', () => {
    expect(changesSince(known, [sight({ runs: 2 })]).map((one) => one.body)).toMatchObject([
      { state: 'running', previousState: 'running' },
    ]);
  });

  test('finds nothing known about a process that is called like a part of every object', () => {
    expect(changesSince(known, [sight({ name: 'constructor' })]).map((one) => one.body)).toMatchObject([
      { previousState: null },
    ]);
  });

  test('ends what is known of processes that are gone', () => {
    expect(withoutGone({ ...known, old: { state: 'stopped', runs: 1 } }, ['web'])).toEqual(known);
  });
});

test('told changes are known: the same list tells nothing a second time', () => {
  const processes = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('web', 'daemon', 'checkout', 'constructor', 'toString'),
      state: fc.constantFrom('running' as const, 'failed' as const, 'backing-off' as const),
      runs: fc.nat(3),
      restarts: fc.nat(3),
      exitCode: fc.constantFrom(null, 0, 1),
      signal: fc.constant(null),
    }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(processes, processes, (before, now) => {
      const known = withTold({}, changesSince({}, before));
      const after = withTold(known, changesSince(known, now));
      expect(changesSince(after, now)).toEqual([]);
    }),
  );
});
