/**
 * A process as the shell would live it, driven at random: the world knows what is really alive, obeys effects or is
 * slow, and sends commands at any time. After every step the invariants must hold.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { T0, checked, definition } from '../../test/builders.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { Effect, ProcessEvent } from './event.ts';
import { createRecord, hasEnded, isLive, pidOf, type ProcessRecord } from './record.ts';
import { step, wakeAt } from './step.ts';

interface World {
  record: ProcessRecord;
  now: number;
  /** Run that was asked for and has not answered. */
  spawning: number | null;
  /** Run whose process is alive. */
  alive: number | null;
  /** Children of the run that are alive. */
  children: number;
  watched: boolean;
  probing: boolean;
  spawns: number;
  readonly visited: Set<string>;
}

type Move =
  | 'start'
  | 'stop'
  | 'restart'
  | 'redefine'
  | 'dependencies hold'
  | 'dependency missing'
  | 'spawn works'
  | 'spawn fails'
  | 'fork'
  | 'exit 0'
  | 'exit 1'
  | 'children end'
  | 'probe passes'
  | 'probe fails'
  | 'time passes'
  | 'alarm'
  | 'late answers';

const MOVES: readonly Move[] = [
  'start',
  'stop',
  'restart',
  'redefine',
  'dependencies hold',
  'dependency missing',
  'spawn works',
  'spawn fails',
  'fork',
  'exit 0',
  'exit 1',
  'children end',
  'probe passes',
  'probe fails',
  'time passes',
  'alarm',
  'late answers',
];

/** Lives in which commands are rarer than facts: they get further before somebody interferes. */
const FACTS: readonly Move[] = [
  'dependencies hold',
  'spawn works',
  'exit 1',
  'alarm',
  'probe fails',
  'exit 0',
];
const aLife = (maxLength: number): fc.Arbitrary<Move[]> =>
  fc.array(fc.oneof(fc.constantFrom(...MOVES), { weight: 2, arbitrary: fc.constantFrom(...FACTS) }), {
    maxLength,
    size: 'max',
  });

/** What a move means for the world now; null when it cannot happen. */
function eventOf(move: Move, world: World): ProcessEvent | null {
  const run = world.alive ?? world.spawning ?? world.record.runs;
  switch (move) {
    case 'start':
      return { type: 'start' };
    case 'stop':
      return { type: 'stop', reason: 'stop-requested' };
    case 'restart':
      return { type: 'restart', reason: 'restart-requested' };
    case 'redefine':
      return { type: 'restart', reason: 'definition-changed' };
    case 'dependencies hold':
      return { type: 'dependencies', unmet: [] };
    case 'dependency missing':
      return { type: 'dependencies', unmet: [{ process: 'db', condition: 'started', state: 'starting' }] };
    case 'spawn works':
      if (world.spawning === null) return null;
      world.alive = world.spawning;
      world.spawning = null;
      return { type: 'spawned', run: world.alive, pid: 1000 + world.alive };
    case 'spawn fails':
      if (world.spawning === null) return null;
      world.spawning = null;
      return { type: 'spawn-failed', run, message: 'ENOENT' };
    case 'fork':
      if (world.alive !== null) world.children += 1;
      return null;
    case 'exit 0':
    case 'exit 1':
      if (world.alive === null) return null;
      world.alive = null;
      return {
        type: 'exited',
        run,
        exitCode: move === 'exit 0' ? 0 : 1,
        signal: null,
        survivors: world.children,
      };
    case 'children end':
      world.children = 0;
      if (!world.watched) return null;
      world.watched = false;
      return { type: 'tree-gone', run };
    case 'probe passes':
    case 'probe fails':
      if (!world.probing) return null;
      world.probing = false;
      return { type: 'probed', run, ok: move === 'probe passes', message: move };
    case 'time passes':
      world.now += 700;
      return null;
    case 'alarm': {
      const at = wakeAt(world.record);
      if (at === null) return null;
      world.now = Math.max(world.now, at);
      return { type: 'tick' };
    }
    case 'late answers':
      return { type: 'exited', run: run - 1, exitCode: 1, signal: null, survivors: 1 };
    default:
      return move satisfies never;
  }
}

function obey(world: World, effect: Effect): void {
  switch (effect.type) {
    case 'spawn':
      // 1. Never two trees of one process at a time.
      expect([world.spawning, world.alive, world.children]).toEqual([null, null, 0]);
      world.spawning = effect.run;
      world.spawns += 1;
      // 2. Run numbers never repeat.
      expect(effect.run).toBe(world.spawns);
      return;
    case 'watch-tree':
      expect(world.alive).toBeNull();
      world.watched = true;
      return;
    case 'kill-tree':
      // What is killed answers in its own time: the moves "exit" and "children end".
      return;
    case 'probe':
      // 3. Only what runs is probed, once at a time.
      expect(world.record.phase.state).toBe('running');
      world.probing = true;
      return;
    case 'signal':
      // 4. A signal goes to something that was alive when it was decided.
      expect(world.alive !== null || world.children > 0).toBe(true);
      return;
    default:
      effect satisfies never;
  }
}

function check(world: World, before: ProcessRecord, event: ProcessEvent, policy: ProcessDefinition): void {
  const { record } = world;
  const { state } = record.phase;
  // 5. The record says "ended" or "waiting" only when nothing of the tree is left.
  if (!isLive(record)) expect([world.spawning, world.alive, world.children]).toEqual([null, null, 0]);
  // 6. A pid is shown exactly while the process itself is alive and answered.
  expect(pidOf(record)).toBe(world.alive === null ? null : 1000 + world.alive);
  // 7. What is to happen by itself has a time: nothing waits for ever.
  if (state === 'backing-off' || state === 'stopping') expect(wakeAt(record)).not.toBeNull();
  if (state === 'running' && policy.health && !world.probing) expect(wakeAt(record)).not.toBeNull();
  // 8. `since` moves exactly with the state.
  if (before.phase.state === state && event.type !== 'restart') {
    const restarted = before.runs !== record.runs;
    if (!restarted) expect(record.since).toBe(before.since);
  }
  // 9. Counters only grow; the budget holds.
  expect(record.runs).toBeGreaterThanOrEqual(before.runs);
  expect(record.restarts).toBeGreaterThanOrEqual(before.restarts);
  expect(record.recentRestarts.length).toBeLessThanOrEqual(policy.budget.maxRestarts);
  // 10. What was stopped stays down until somebody asks.
  if (before.desired === 'down' && event.type !== 'start' && event.type !== 'restart') {
    expect(record.desired).toBe('down');
    expect(state === 'starting' || state === 'pending' || state === 'backing-off').toBe(false);
  }
  // 11. Given up is given up: only a command leads out of an end.
  if (hasEnded(before) && event.type !== 'start' && event.type !== 'restart')
    expect(state).toBe(before.phase.state);
  // 12. Probing and health belong to a run that is up.
  if (!isLive(record)) expect(record.health.nextProbeAt).toBeNull();
}

function live(moves: readonly Move[], policy: ProcessDefinition): World {
  const record = createRecord({ name: 'web', autostart: true, jitterSeed: 1, now: T0 });
  const world: World = {
    record,
    now: T0,
    spawning: null,
    alive: null,
    children: 0,
    watched: false,
    probing: false,
    spawns: 0,
    visited: new Set(['pending']),
  };
  for (const move of moves) {
    const event = eventOf(move, world);
    if (!event) continue;
    const before = world.record;
    const result = step(before, event, world.now, policy);
    world.record = result.record;
    world.visited.add(result.record.phase.state);
    if (!(result.record.phase.state === 'running')) world.probing = false;
    for (const effect of result.effects) obey(world, effect);
    check(world, before, event, policy);
  }
  return world;
}

const POLICIES: [string, ProcessDefinition][] = [
  ['a service', definition()],
  ['a service with a health check', checked({}, { startPeriodMs: 0, retries: 2 })],
  ['a task', definition({ restart: 'never' })],
  ['a task that is repeated on failure', definition({ restart: 'on-failure', budget: { maxRestarts: 2 } })],
  ['a job that runs for ever', definition({ restart: 'on-success' })],
  ['a service without any budget', checked({ budget: { maxRestarts: 0 } })],
];

describe('the invariants hold, whatever happens', () => {
  it.each(POLICIES)('to %s', (_name, policy) => {
    fc.assert(
      fc.property(aLife(120), (moves) => {
        live(moves, policy);
      }),
      { numRuns: 400, seed: 20_260_115 },
    );
  });

  it.each(POLICIES)(
    'and %s comes to rest once everybody stops asking and everything obeys',
    (_name, policy) => {
      const calm: Move[] = ['stop', 'spawn works', 'exit 1', 'children end', 'alarm', 'children end'];
      fc.assert(
        fc.property(aLife(80), (moves) => {
          const { record } = live([...moves, ...calm], policy);
          expect(hasEnded(record)).toBe(true);
        }),
        { numRuns: 300, seed: 20_260_115 },
      );
    },
  );

  it('and a random life reaches every state', () => {
    const seen = new Set<string>();
    const policy = checked(
      { restart: 'on-failure', budget: { maxRestarts: 1 } },
      { startPeriodMs: 0, retries: 1 },
    );
    fc.assert(
      fc.property(aLife(120), (moves) => {
        for (const state of live(moves, policy).visited) seen.add(state);
      }),
      { numRuns: 400, seed: 20_260_115 },
    );
    expect([...seen].toSorted()).toEqual(
      [
        'pending',
        'blocked',
        'starting',
        'running',
        'stopping',
        'backing-off',
        'stopped',
        'completed',
        'failed',
      ].toSorted(),
    );
  });
});
