import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_STATES, checked, definition, nightly } from '../../test/builders.ts';
import {
  MOVES,
  hasTree,
  move,
  newWorld,
  obey,
  openRuns,
  type Happening,
  type Move,
  type World,
} from '../../test/random-life.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessState } from '../contract/process.ts';
import type { Effect } from './event.ts';
import { hasEnded, isLive, pidOf } from './record.ts';
import { wakeAt } from './step.ts';

const SEED = 20_260_115;

/** Lives in which commands are rarer than facts: they get further before somebody interferes. */
const FACTS: readonly Move[] = [
  'dependencies hold',
  'spawn works',
  'exit 1',
  'alarm',
  'probe fails',
  'exit 0',
  'due',
];
const aLife = (maxLength: number): fc.Arbitrary<Move[]> =>
  fc.array(fc.oneof(fc.constantFrom(...MOVES), { weight: 2, arbitrary: fc.constantFrom(...FACTS) }), {
    maxLength,
    size: 'max',
  });

/** Cheaper than `expect`, which would take most of the time of a million checks. */
function must(holds: boolean, what: string, found?: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(found)}`);
}

/** Before an effect is carried out. */
function checkEffect(world: World, effect: Effect): void {
  switch (effect.type) {
    case 'spawn':
      must(!hasTree(world), 'never two trees of one process at a time', world);
      must(effect.run === world.spawns.length + 1, 'run numbers never repeat and leave nothing out', effect);
      return;
    case 'watch-tree':
      must(world.alive === null, 'what is left is watched once the process itself has ended', world);
      return;
    case 'probe':
      must(world.record.phase.state === 'running', 'only what runs is probed', world);
      return;
    case 'signal':
      must(world.alive !== null || world.children > 0, 'a signal goes to something that was alive', world);
      return;
    case 'kill-tree':
      return;
    default:
      effect satisfies never;
  }
}

/** After every step. */
function check(world: World, { before, event }: Happening): void {
  const { record, policy, spawns, history } = world;
  const { state } = record.phase;
  const is = (...states: ProcessState[]): boolean => states.includes(state);
  must(isLive(record) || !hasTree(world), 'waiting or at rest means that nothing of the tree is left', world);
  must(
    pidOf(record) === (world.alive === null ? null : 1000 + world.alive),
    'a pid is shown exactly while the process itself is alive and answered',
    world,
  );
  checkWake(world);
  const sameState = before.phase.state === state && before.runs === record.runs;
  must(!sameState || record.since === before.since, '`since` moves exactly with the state', world);
  must(record.runs === spawns.length, 'the newest run is the newest spawn', world);
  must(
    record.restarts >= before.restarts && record.skippedRuns >= before.skippedRuns,
    'counters only grow',
    world,
  );
  const asked =
    event?.type === 'start' || (event?.type === 'restart' && event.reason === 'restart-requested');
  const staysDown = before.desired === 'down' && !asked;
  must(
    !staysDown || (record.desired === 'down' && !is('starting', 'pending', 'backing-off', 'scheduled')),
    'what was stopped stays down until somebody asks',
    world,
  );
  must(
    !hasEnded(before) || asked || event?.type === 'redefined' || state === before.phase.state,
    'only a command or a new definition leads out of an end',
    world,
  );
  must(isLive(record) || record.health.nextProbeAt === null, 'probing belongs to a run that is up', world);
  must(!is('scheduled') || policy.schedule !== undefined, 'waiting for a time belongs to a schedule', world);
  must(
    !policy.schedule || record.desired === 'down' || !is('completed', 'failed', 'backing-off'),
    'a schedule has no other rest but a stop',
    world,
  );
  must(
    !record.queuedRun || !(is('scheduled') || hasEnded(record)),
    'a queued run follows one that is not over',
    world,
  );
  const over = spawns.slice(0, spawns.length - openRuns(world));
  must(
    history.length === over.length && history.every(({ run }, i) => run === over[i]),
    'every run is in the history once, in order',
    world,
  );
  if (record.restarts > before.restarts) checkRestart(world);
}

/** There is a time to look again exactly where something is due by itself. */
function checkWake(world: World): void {
  const { record, policy, probing } = world;
  const { phase } = record;
  const at = wakeAt(record);
  const rule = 'a time to look again is set exactly where something is due';
  if (phase.state === 'backing-off') return must(at === phase.nextStartAt, rule, world);
  if (phase.state === 'stopping') return must(at === phase.killAt, rule, world);
  if (phase.state !== 'running' || !policy.health) return must(at === null, rule, world);
  must(at !== null || probing || isProven(policy, record.health.status), rule, world);
}

function isProven({ health }: ProcessDefinition, status: string): boolean {
  return health?.kind === 'log' && health.maxAgeMs === undefined && status === 'healthy';
}

/** An automatic restart keeps to its rules, and the memory of it is bounded. */
function checkRestart(world: World): void {
  const { record, policy, now } = world;
  const { budget, crashLoop } = policy;
  const within = (ms: number): number => record.recentRestarts.filter((at) => at > now - ms).length;
  if (budget) must(within(budget.withinMs) <= budget.maxRestarts, 'the budget is never exceeded', world);
  const isHeld = record.reason === 'crash-loop';
  must(isHeld === record.crashLooping, 'the reason says that a restart is held back', world);
  must(!isHeld || crashLoop !== null, 'nothing is held back without a rule', world);
  must(!isHeld || wakeAt(record) === now + (crashLoop?.holdMs ?? 0), 'what is held waits the hold', world);
  const most = Math.max(budget?.maxRestarts ?? 0, crashLoop?.restarts ?? 0);
  must(record.recentRestarts.length <= most, 'the memory of restarts is bounded', world);
}

function live(moves: readonly Move[], policies: readonly [ProcessDefinition, ...ProcessDefinition[]]): World {
  const world = newWorld(policies[0]);
  for (const what of moves) {
    const happening = move(world, what, policies);
    if (!happening) continue;
    for (const effect of happening.effects) {
      checkEffect(world, effect);
      obey(world, effect);
    }
    check(world, happening);
  }
  return world;
}

const SICK = checked({}, { startPeriodMs: 0, retries: 2 });
const LINE = definition({ health: { kind: 'log', pattern: 'ready', startPeriodMs: 0, retries: 1 } });
const LOOPING = definition({
  crashLoop: { restarts: 1, withinMs: 5000, holdMs: 2000 },
  budget: { maxRestarts: 3 },
});

const LIVES: [string, [ProcessDefinition, ...ProcessDefinition[]]][] = [
  ['a service', [definition()]],
  ['a service with a health check', [SICK]],
  ['a service that says when it is ready', [LINE]],
  ['a service that is never given up', [definition({ budget: null, backoff: { kind: 'linear' } })]],
  ['a service in a crash loop', [LOOPING]],
  ['a service without any budget', [checked({ budget: { maxRestarts: 0 } })]],
  ['a task', [definition({ restart: 'never' })]],
  ['a task that is repeated on failure', [definition({ restart: 'on-failure', budget: { maxRestarts: 2 } })]],
  ['a job that runs for ever', [definition({ restart: 'on-success' })]],
  ['a job on a schedule that skips', [nightly('skip')]],
  ['a job on a schedule that queues', [nightly('queue')]],
  ['a job on a schedule that replaces', [nightly('replace', { health: { kind: 'tcp', port: 1 } })]],
  ['a process that does not start by itself', [definition({ autostart: false })]],
  [
    'a process that is made something else again and again',
    [
      definition(),
      nightly('queue'),
      SICK,
      { ...nightly('replace'), command: ['other'] },
      definition({ restart: 'never' }),
      LOOPING,
      LINE,
    ],
  ],
];

describe('the invariants hold, whatever happens', () => {
  it.each(LIVES)('to %s', (_name, policies) => {
    fc.assert(
      fc.property(aLife(120), (moves) => {
        live(moves, policies);
      }),
      { numRuns: 300, seed: SEED },
    );
  });

  it.each(LIVES)(
    'and %s comes to rest once everybody stops asking and everything obeys',
    (_name, policies) => {
      const calm: Move[] = ['stop', 'spawn works', 'exit 1', 'children end', 'alarm', 'children end'];
      fc.assert(
        fc.property(aLife(80), (moves) => {
          const world = live([...moves, ...calm], policies);
          expect(hasEnded(world.record)).toBe(true);
          expect(hasTree(world)).toBe(false);
        }),
        { numRuns: 200, seed: SEED },
      );
    },
  );

  it.each(LIVES)('and %s that somebody starts is up again, whatever became of it', (_name, policies) => {
    const up: Move[] = [
      'start',
      'spawn works',
      'exit 0',
      'children end',
      'start',
      'alarm',
      'dependencies hold',
      'spawn works',
    ];
    fc.assert(
      fc.property(aLife(80), (moves) => {
        expect(live([...moves, ...up], policies).record.phase.state).toBe('running');
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  it('and a random life reaches every state', () => {
    const seen = new Set<string>();
    const policies = LIVES.at(-1)?.[1] ?? [definition()];
    fc.assert(
      fc.property(aLife(120), (moves) => {
        const world = newWorld(policies[0]);
        for (const what of moves) {
          for (const effect of move(world, what, policies)?.effects ?? []) obey(world, effect);
          seen.add(world.record.phase.state);
        }
      }),
      { numRuns: 400, seed: SEED },
    );
    expect([...seen].toSorted()).toEqual([...ALL_STATES].toSorted());
  });
});
