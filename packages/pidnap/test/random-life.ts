/**
 * A process as the shell would live it, driven at random: the world knows what is really alive, obeys effects or is
 * slow, sends commands at any time and kills pidnap itself. Core tests check after every step what must hold.
 */
import type { ProcessDefinition } from '../src/contract/definition.ts';
import type { Effect, ProcessEvent } from '../src/core/event.ts';
import { endedRun, type PastRun } from '../src/core/history.ts';
import { createRecord, isLive, leaderOf, type ProcessRecord } from '../src/core/record.ts';
import { restoreRecord } from '../src/core/restore.ts';
import { step, wakeAt } from '../src/core/step.ts';
import { T0, exited, spawned, unmet } from './builders.ts';

export interface World {
  record: ProcessRecord;
  policy: ProcessDefinition;
  now: number;
  /** Run that was asked for and has not answered. */
  spawning: number | null;
  /** Run whose process is alive. */
  alive: number | null;
  /** Children of the run that are alive. */
  children: number;
  watched: boolean;
  probing: boolean;
  readonly spawns: number[];
  readonly history: PastRun[];
}

/** What happened in one step; `event` is null when pidnap was killed and went on from the record. */
export interface Happening {
  readonly before: ProcessRecord;
  readonly event: ProcessEvent | null;
  readonly effects: readonly Effect[];
}

export const MOVES = [
  'start',
  'stop',
  'shutdown',
  'restart',
  'redefine',
  'environment changes',
  'dependencies hold',
  'dependency missing',
  'dependency lost',
  'dependency failed',
  'spawn works',
  'spawn fails',
  'fork',
  'exit 0',
  'exit 1',
  'out of memory',
  'exit unseen',
  'children end',
  'probe passes',
  'probe fails',
  'health is told',
  'due',
  'time passes',
  'alarm',
  'late answers',
  'pidnap is killed',
] as const;
export type Move = (typeof MOVES)[number];

/** A world in which a process has just become known. */
export function newWorld(policy: ProcessDefinition): World {
  const record = createRecord({ name: 'web', definition: policy, jitterSeed: 1, now: T0 });
  return {
    record,
    policy,
    now: T0,
    spawning: null,
    alive: null,
    children: 0,
    watched: false,
    probing: false,
    spawns: [],
    history: [],
  };
}

/** Carries out one move. Null: it cannot happen now. `policies` are what a `redefine` goes through, in turn. */
export function move(world: World, what: Move, policies: readonly ProcessDefinition[]): Happening | null {
  const before = world.record;
  if (what === 'pidnap is killed') {
    killPidnap(world);
    remember(world, before);
    return { before, event: null, effects: [] };
  }
  const event = eventOf(what, world, policies);
  if (!event) return null;
  const { record, effects } = step(before, event, world.now, world.policy);
  world.record = record;
  if (record.phase.state !== 'running') world.probing = false;
  remember(world, before);
  return { before, event, effects };
}

function remember(world: World, before: ProcessRecord): void {
  const ended = endedRun(before, world.record);
  if (ended) world.history.push(ended);
}

/** What runs and can be recognised is adopted; everything else of the tree is ended. */
function killPidnap(world: World): void {
  const { record, policy: definition, now } = world;
  const alive = world.alive !== null && leaderOf(record) !== null;
  world.record = restoreRecord(record, {
    name: 'web',
    definition,
    source: 'config',
    jitterSeed: 2,
    now,
    resumed: true,
    alive,
  });
  world.probing = false;
  if (alive) return;
  world.spawning = null;
  world.alive = null;
  world.children = 0;
  world.watched = false;
}

/** What a move means for the world now; null when it cannot happen. */
function eventOf(what: Move, world: World, policies: readonly ProcessDefinition[]): ProcessEvent | null {
  switch (what) {
    case 'start':
      return { type: 'start' };
    case 'stop':
      return { type: 'stop', reason: 'stop-requested' };
    case 'shutdown':
      return { type: 'stop', reason: 'shutdown' };
    case 'restart':
      return { type: 'restart', reason: 'restart-requested' };
    case 'redefine': {
      const previous = world.policy;
      world.policy = policies[(policies.indexOf(previous) + 1) % policies.length] ?? previous;
      return { type: 'redefined', previous };
    }
    case 'environment changes':
      return { type: 'restart', reason: 'environment-changed' };
    case 'dependencies hold':
      return { type: 'dependencies', unmet: [] };
    case 'dependency missing':
      return { type: 'dependencies', unmet: [unmet()] };
    case 'dependency lost':
      return { type: 'dependencies', unmet: [unmet({ whenLost: 'restart' })] };
    case 'dependency failed':
      return { type: 'dependencies', unmet: [unmet({ state: 'failed', whenFailed: 'fail' })] };
    case 'due':
      return { type: 'due' };
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
      return exited({ run: world.record.runs - 1, exitCode: 1, survivors: 1 });
    default:
      return factOf(what, world);
  }
}

function factOf(what: Move, world: World): ProcessEvent | null {
  const run = world.alive ?? world.spawning ?? world.record.runs;
  switch (what) {
    case 'spawn works':
      if (world.spawning === null) return null;
      world.alive = world.spawning;
      world.spawning = null;
      return spawned(1000 + run, run);
    case 'spawn fails':
      if (world.spawning === null) return null;
      world.spawning = null;
      return { type: 'spawn-failed', run, message: 'ENOENT' };
    case 'fork':
      if (world.alive !== null) world.children += 1;
      return null;
    case 'exit 0':
      return exit(world, { exitCode: 0 });
    case 'exit 1':
      return exit(world, { exitCode: 1 });
    case 'out of memory':
      return exit(world, { exitCode: null, signal: 'SIGKILL', oomKilled: true });
    case 'exit unseen':
      return exit(world, { exitCode: null });
    case 'children end':
      world.children = 0;
      if (!world.watched) return null;
      world.watched = false;
      return { type: 'tree-gone', run };
    case 'probe passes':
    case 'probe fails':
      if (!world.probing) return null;
      world.probing = false;
      return { type: 'probed', run, ok: what === 'probe passes', message: what };
    case 'health is told':
      return world.alive === null ? null : { type: 'probed', run, ok: true, message: 'a line matched' };
    default:
      return null;
  }
}

function exit(world: World, how: Parameters<typeof exited>[0]): ProcessEvent | null {
  const run = world.alive;
  if (run === null) return null;
  world.alive = null;
  return exited({ ...how, run, survivors: world.children });
}

/** Does what an effect asks for. What is asked to end does so in its own time. */
export function obey(world: World, effect: Effect): void {
  switch (effect.type) {
    case 'spawn':
      world.spawning = effect.run;
      world.spawns.push(effect.run);
      return;
    case 'watch-tree':
      world.watched = true;
      return;
    case 'probe':
      world.probing = true;
      return;
    case 'kill-tree':
    case 'signal':
      return;
    default:
      effect satisfies never;
  }
}

/** Something of the process is alive, or may be any moment. */
export function hasTree(world: World): boolean {
  return world.spawning !== null || world.alive !== null || world.children > 0;
}

/** Runs that are not in the history: the one that is up. */
export function openRuns(world: World): number {
  return isLive(world.record) ? 1 : 0;
}
