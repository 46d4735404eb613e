import { describe, expect, it } from 'vitest';
import { T0, checked, definition, inState, record } from '../../test/builders.ts';
import type { ProcessState } from '../contract/process.ts';
import type { Effect, ProcessEvent } from './event.ts';
import { step, wakeAt } from './step.ts';

/** Short form of what a step led to: `state`, or `state(then)` while stopping, and the effects after `+`. `-`: nothing. */
function outcome(state: ProcessState, event: ProcessEvent): string {
  const before = inState(state);
  const { record: after, effects } = step(before, event, T0 + 500, POLICY);
  if (after === before) return effects.length === 0 ? '-' : 'effects without a change';
  const then = after.phase.state === 'stopping' ? `(${after.phase.then})` : '';
  return [after.phase.state + then, ...effects.map(short)].join(' +');
}

function short(effect: Effect): string {
  return effect.type === 'signal' ? `${effect.signal}/${effect.scope}` : effect.type;
}

const POLICY = checked({ restart: 'on-failure' });

const EVENTS = {
  start: { type: 'start' },
  stop: { type: 'stop', reason: 'stop-requested' },
  shutdown: { type: 'stop', reason: 'shutdown' },
  restart: { type: 'restart', reason: 'restart-requested' },
  redefine: { type: 'restart', reason: 'definition-changed' },
  met: { type: 'dependencies', unmet: [] },
  unmet: { type: 'dependencies', unmet: [{ process: 'db', condition: 'completed', state: 'running' }] },
  spawned: { type: 'spawned', run: 1, pid: 200 },
  'spawn-failed': { type: 'spawn-failed', run: 1, message: 'ENOENT' },
  'exit 0': { type: 'exited', run: 1, exitCode: 0, signal: null, survivors: 0 },
  'exit 1': { type: 'exited', run: 1, exitCode: 1, signal: null, survivors: 0 },
  killed: { type: 'exited', run: 1, exitCode: null, signal: 'SIGKILL', survivors: 0 },
  'exit with children': { type: 'exited', run: 1, exitCode: 0, signal: null, survivors: 2 },
  'tree-gone': { type: 'tree-gone', run: 1 },
  'probe passed': { type: 'probed', run: 1, ok: true, message: 'HTTP 200' },
  'probe failed': { type: 'probed', run: 1, ok: false, message: 'HTTP 500' },
  'early tick': { type: 'tick' },
} satisfies Record<string, ProcessEvent>;

type EventName = keyof typeof EVENTS;

/** Every state times every event. A missing cell does not compile. */
const TABLE: Record<ProcessState, Record<EventName, string>> = {
  pending: {
    start: '-',
    stop: 'stopped',
    shutdown: 'stopped',
    restart: 'pending',
    redefine: 'pending',
    met: 'starting +spawn',
    unmet: 'blocked',
    spawned: '-',
    'spawn-failed': '-',
    'exit 0': '-',
    'exit 1': '-',
    killed: '-',
    'exit with children': '-',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
  blocked: {
    start: '-',
    stop: 'stopped',
    shutdown: 'stopped',
    restart: 'blocked',
    redefine: 'blocked',
    met: 'starting +spawn',
    unmet: 'blocked',
    spawned: '-',
    'spawn-failed': '-',
    'exit 0': '-',
    'exit 1': '-',
    killed: '-',
    'exit with children': '-',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
  starting: {
    start: '-',
    stop: 'stopping(stay-down)',
    shutdown: 'stopping(stay-down)',
    restart: 'starting',
    redefine: 'stopping(start-again)',
    met: '-',
    unmet: '-',
    spawned: 'running',
    'spawn-failed': 'backing-off',
    'exit 0': '-',
    'exit 1': '-',
    killed: '-',
    'exit with children': '-',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
  running: {
    start: '-',
    stop: 'stopping(stay-down) +SIGTERM/group',
    shutdown: 'stopping(stay-down) +SIGTERM/group',
    restart: 'stopping(start-again) +SIGTERM/group',
    redefine: 'stopping(start-again) +SIGTERM/group',
    met: '-',
    unmet: '-',
    spawned: '-',
    'spawn-failed': '-',
    'exit 0': 'completed',
    'exit 1': 'backing-off',
    killed: 'backing-off',
    'exit with children': 'stopping(settle) +SIGTERM/tree +watch-tree',
    'tree-gone': '-',
    'probe passed': 'running',
    'probe failed': 'running',
    'early tick': '-',
  },
  stopping: {
    start: 'stopping(start-again)',
    stop: 'stopping(stay-down)',
    shutdown: 'stopping(stay-down)',
    restart: 'stopping(start-again)',
    redefine: 'stopping(start-again)',
    met: '-',
    unmet: '-',
    spawned: '-',
    'spawn-failed': 'stopped',
    'exit 0': 'stopped',
    'exit 1': 'stopped',
    killed: 'stopped',
    'exit with children': 'stopping(stay-down) +SIGTERM/tree +watch-tree',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
  'backing-off': {
    start: '-',
    stop: 'stopped',
    shutdown: 'stopped',
    restart: 'pending',
    redefine: 'pending',
    met: '-',
    unmet: '-',
    spawned: '-',
    'spawn-failed': '-',
    'exit 0': '-',
    'exit 1': '-',
    killed: '-',
    'exit with children': '-',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
  stopped: {
    start: 'pending',
    stop: '-',
    shutdown: '-',
    restart: 'pending',
    redefine: 'pending',
    met: '-',
    unmet: '-',
    spawned: '-',
    'spawn-failed': '-',
    'exit 0': '-',
    'exit 1': '-',
    killed: '-',
    'exit with children': '-',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
  completed: {
    start: 'pending',
    stop: 'completed',
    shutdown: '-',
    restart: 'pending',
    redefine: 'pending',
    met: '-',
    unmet: '-',
    spawned: '-',
    'spawn-failed': '-',
    'exit 0': '-',
    'exit 1': '-',
    killed: '-',
    'exit with children': '-',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
  failed: {
    start: 'pending',
    stop: 'failed',
    shutdown: '-',
    restart: 'pending',
    redefine: 'pending',
    met: '-',
    unmet: '-',
    spawned: '-',
    'spawn-failed': '-',
    'exit 0': '-',
    'exit 1': '-',
    killed: '-',
    'exit with children': '-',
    'tree-gone': '-',
    'probe passed': '-',
    'probe failed': '-',
    'early tick': '-',
  },
};

describe('every state meets every event', () => {
  for (const [state, row] of Object.entries(TABLE) as [ProcessState, Record<EventName, string>][]) {
    it.each(Object.entries(row) as [EventName, string][])(`${state}, on %s: %s`, (name, expected) => {
      expect(outcome(state, EVENTS[name])).toBe(expected);
    });
  }
});

describe('answers of an older run', () => {
  const late: ProcessEvent[] = [
    { type: 'spawned', run: 1, pid: 5 },
    { type: 'spawn-failed', run: 1, message: 'late' },
    { type: 'exited', run: 1, exitCode: 1, signal: null, survivors: 0 },
    { type: 'exited', run: 1, exitCode: 1, signal: null, survivors: 3 },
    { type: 'tree-gone', run: 1 },
    { type: 'probed', run: 1, ok: false, message: 'late' },
    { type: 'probed', run: 1, ok: true, message: 'late' },
  ];
  const states: ProcessState[] = ['starting', 'running', 'stopping', 'backing-off', 'completed'];
  it.each(late.flatMap((event) => states.map((state) => [event.type, state, event] as const)))(
    '%s does nothing to a later run that is %s',
    (_type, state, event) => {
      const later = inState(state, { runs: 2 });
      const result = step(later, event, T0 + 500, POLICY);
      expect(result.record).toBe(later);
      expect(result.effects).toEqual([]);
    },
  );
});

describe('wakeAt', () => {
  it.each([
    ['pending', null],
    ['blocked', null],
    ['starting', null],
    ['stopping', T0 + 5000],
    ['backing-off', T0 + 1000],
    ['stopped', null],
    ['completed', null],
    ['failed', null],
  ] as const)('%s wakes at %s', (state, at) => {
    expect(wakeAt(inState(state))).toBe(at);
  });

  it('is the next probe while running', () => {
    const health = {
      status: 'healthy',
      failures: 0,
      checkedAt: T0,
      message: '',
      nextProbeAt: T0 + 77,
    } as const;
    expect(wakeAt(inState('running', { health }))).toBe(T0 + 77);
  });

  it('is null while a probe is under way', () => {
    expect(wakeAt(inState('running'))).toBeNull();
  });
});

describe('tick', () => {
  it.each([
    [999, 'backing-off'],
    [1000, 'pending'],
    [60_000, 'pending'],
  ])('%i ms after the exit a back-off of 1000 ms is %s', (at, state) => {
    const { record: after } = step(inState('backing-off'), { type: 'tick' }, T0 + at, definition());
    expect(after.phase.state).toBe(state);
  });

  it.each([
    [4999, []],
    [5000, [{ type: 'kill-tree' }]],
    [90_000, [{ type: 'kill-tree' }]],
  ])('%i ms after the stop signal, with a grace of 5000 ms, the effects are %j', (at, effects) => {
    expect(step(inState('stopping'), { type: 'tick' }, T0 + at, definition()).effects).toEqual(effects);
  });

  it('kills again each second while something of the tree is left', () => {
    const first = step(inState('stopping'), { type: 'tick' }, T0 + 5000, definition());
    expect(first.wakeAt).toBe(T0 + 6000);
    const early = step(first.record, { type: 'tick' }, T0 + 5500, definition());
    expect(early.effects).toEqual([]);
    const second = step(early.record, { type: 'tick' }, T0 + 6000, definition());
    expect(second.effects).toEqual([{ type: 'kill-tree' }]);
    expect(second.wakeAt).toBe(T0 + 7000);
  });

  it('has nobody to kill while the called-off spawn has not answered', () => {
    const waiting = step(inState('starting'), { type: 'stop', reason: 'stop-requested' }, T0, definition());
    expect(waiting.effects).toEqual([]);
    const due = step(waiting.record, { type: 'tick' }, T0 + 5000, definition());
    expect(due.effects).toEqual([]);
    expect(due.record.phase).toMatchObject({ state: 'stopping', pid: null, killed: false });
    expect(due.wakeAt).toBe(T0 + 6000);
  });
});

describe('a step', () => {
  it('does not touch the record it was given', () => {
    const before = Object.freeze({ ...record(), phase: Object.freeze({ state: 'pending' as const }) });
    const { record: after } = step(before, { type: 'dependencies', unmet: [] }, T0, definition());
    expect(after).not.toBe(before);
    expect(before.runs).toBe(0);
  });

  it('gives the same result for the same input', () => {
    const once = step(inState('running'), EVENTS['exit 1'], T0 + 9, POLICY);
    const again = step(inState('running'), EVENTS['exit 1'], T0 + 9, POLICY);
    expect(again).toEqual(once);
  });
});
