/** Every state meets every event: the whole state machine in two tables. */
import { describe, expect, it } from 'vitest';
import {
  ALL_STATES,
  T0,
  checked,
  exited,
  inState,
  nightly,
  spawned,
  stopping,
  unmet,
} from '../../test/builders.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessState } from '../contract/process.ts';
import type { Effect, ProcessEvent } from './event.ts';
import type { ProcessRecord } from './record.ts';
import { step } from './step.ts';

const POLICY = checked({ restart: 'on-failure' });

const EVENTS = {
  start: { type: 'start' },
  stop: { type: 'stop', reason: 'stop-requested' },
  shutdown: { type: 'stop', reason: 'shutdown' },
  restart: { type: 'restart', reason: 'restart-requested' },
  'definition changed': { type: 'restart', reason: 'definition-changed' },
  'environment changed': { type: 'restart', reason: 'environment-changed' },
  'other rules': { type: 'redefined', previous: { ...POLICY, restart: 'always' } },
  'other command': { type: 'redefined', previous: { ...POLICY, command: ['old'] } },
  'other health check': { type: 'redefined', previous: { ...POLICY, health: undefined } },
  met: { type: 'dependencies', unmet: [] },
  unmet: { type: 'dependencies', unmet: [unmet({ condition: 'completed', state: 'running' })] },
  lost: { type: 'dependencies', unmet: [unmet({ whenLost: 'restart' })] },
  hopeless: { type: 'dependencies', unmet: [unmet({ state: 'failed', whenFailed: 'fail' })] },
  spawned: spawned(200),
  'spawn failed': { type: 'spawn-failed', run: 1, message: 'ENOENT' },
  'exit 0': exited(),
  'exit 1': exited({ exitCode: 1 }),
  killed: exited({ exitCode: null, signal: 'SIGKILL' }),
  'out of memory': exited({ exitCode: null, signal: 'SIGKILL', oomKilled: true }),
  'exit not seen': exited({ exitCode: null }),
  'exit with children': exited({ survivors: 2 }),
  'tree gone': { type: 'tree-gone', run: 1 },
  'probe passed': { type: 'probed', run: 1, ok: true, message: 'HTTP 200' },
  'probe failed': { type: 'probed', run: 1, ok: false, message: 'HTTP 500' },
  due: { type: 'due' },
  'early tick': { type: 'tick' },
} satisfies Record<string, ProcessEvent>;

type EventName = keyof typeof EVENTS;
/** What each event leads to, by state; a state that is not listed stays the same record, without effects. */
type Table = Record<EventName, Partial<Record<ProcessState, string>>>;

/** `state`, `state(then)` while stopping, and the effects after `+`; `-` for the same record without effects. */
function led(before: ProcessRecord, event: ProcessEvent, policy: ProcessDefinition): string {
  const { record: after, effects } = step(before, event, T0 + 500, policy);
  if (after === before) return effects.length === 0 ? '-' : 'effects without a change';
  const then = after.phase.state === 'stopping' ? `(${after.phase.then})` : '';
  return [after.phase.state + then, ...effects.map(short)].join(' +');
}

function short(effect: Effect): string {
  return effect.type === 'signal' ? `${effect.signal}/${effect.scope}` : effect.type;
}

const ended = { stopped: 'pending', completed: 'pending', failed: 'pending' } as const;
const ASKED = 'stopping(start-again) +SIGTERM/group';

/** A process that is repeated on failure, with a health check. `stopped` and `stopping` are wanted down. */
const SERVICE: Table = {
  start: { ...ended, scheduled: 'pending', stopping: 'stopping(start-again)' },
  stop: {
    pending: 'stopped',
    blocked: 'stopped',
    starting: 'stopping(stay-down)',
    running: 'stopping(stay-down) +SIGTERM/group',
    stopping: 'stopping(stay-down)',
    'backing-off': 'stopped',
    scheduled: 'stopped',
    completed: 'completed',
    failed: 'failed',
  },
  shutdown: {
    pending: 'stopped',
    blocked: 'stopped',
    starting: 'stopping(stay-down)',
    running: 'stopping(stay-down) +SIGTERM/group',
    stopping: 'stopping(stay-down)',
    'backing-off': 'stopped',
    scheduled: 'stopped',
  },
  restart: {
    ...ended,
    pending: 'pending',
    blocked: 'blocked',
    starting: 'starting',
    running: ASKED,
    stopping: 'stopping(start-again)',
    'backing-off': 'pending',
    scheduled: 'pending',
  },
  'definition changed': {
    pending: 'pending',
    blocked: 'blocked',
    starting: 'stopping(start-again)',
    running: ASKED,
    'backing-off': 'pending',
    completed: 'pending',
    failed: 'pending',
  },
  'environment changed': { starting: 'stopping(start-again)', running: ASKED },
  'other rules': {},
  'other command': {
    pending: 'pending',
    blocked: 'blocked',
    starting: 'stopping(start-again)',
    running: ASKED,
    'backing-off': 'pending',
    completed: 'pending',
    failed: 'pending',
  },
  'other health check': { running: 'running' },
  met: { pending: 'starting +spawn', blocked: 'starting +spawn' },
  unmet: { pending: 'blocked', blocked: 'blocked' },
  lost: { pending: 'blocked', running: ASKED },
  hopeless: { pending: 'failed', blocked: 'failed' },
  spawned: { starting: 'running' },
  'spawn failed': { starting: 'backing-off' },
  'exit 0': { running: 'completed', stopping: 'stopped' },
  'exit 1': { running: 'backing-off', stopping: 'stopped' },
  killed: { running: 'backing-off', stopping: 'stopped' },
  'out of memory': { running: 'backing-off', stopping: 'stopped' },
  'exit not seen': { running: 'backing-off', stopping: 'stopped' },
  'exit with children': {
    running: 'stopping(settle) +SIGTERM/tree +watch-tree',
    stopping: 'stopping(stay-down) +SIGTERM/tree +watch-tree',
  },
  'tree gone': {},
  'probe passed': { running: 'running' },
  'probe failed': { running: 'running' },
  due: {},
  'early tick': {},
};

/** Where one that runs at fixed times differs from the table above. */
const SCHEDULED: Partial<Table> = {
  hopeless: { pending: 'scheduled', blocked: 'scheduled' },
  'spawn failed': { starting: 'scheduled' },
  'exit 0': { running: 'scheduled', stopping: 'stopped' },
  'exit 1': { running: 'scheduled', stopping: 'stopped' },
  killed: { running: 'scheduled', stopping: 'stopped' },
  'out of memory': { running: 'scheduled', stopping: 'stopped' },
  'exit not seen': { running: 'scheduled', stopping: 'stopped' },
  'probe passed': {},
  'probe failed': {},
  due: {
    pending: 'pending',
    blocked: 'blocked',
    starting: 'starting',
    running: 'running',
    'backing-off': 'backing-off',
    scheduled: 'pending',
  },
};

const NAMES = Object.keys(EVENTS) as EventName[];
const CELLS = ALL_STATES.flatMap((state) => NAMES.map((name) => [state, name] as const));

describe('a service', () => {
  it.each(CELLS.map(([state, name]) => [state, name, SERVICE[name][state] ?? '-'] as const))(
    'that is %s, on %s: %s',
    (state, name, expected) => {
      expect(led(inState(state), EVENTS[name], POLICY)).toBe(expected);
    },
  );
});

describe('a process on a schedule', () => {
  // Redefinitions compare with the policy above; they have tables of their own.
  const cells = CELLS.filter(([, name]) => EVENTS[name].type !== 'redefined');
  it.each(
    cells.map(([state, name]) => [state, name, (SCHEDULED[name] ?? SERVICE[name])[state] ?? '-'] as const),
  )('that is %s, on %s: %s', (state, name, expected) => {
    expect(led(inState(state), EVENTS[name], nightly())).toBe(expected);
  });
});

describe('a start that was called off', () => {
  const before = inState('stopping', { phase: stopping({ pid: null, startTicks: null }) });
  it.each([
    ['spawned', 'stopping(stay-down) +SIGTERM/group'],
    ['spawn failed', 'stopped'],
    ['tree gone', '-'],
    ['start', 'stopping(start-again)'],
  ] as const)('on %s: %s', (name, expected) => {
    expect(led(before, EVENTS[name], POLICY)).toBe(expected);
  });
});
