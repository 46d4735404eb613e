/** The small worlds that are exhausted, and what each is to show. */
import type { PolicyInput } from '@fettle/contract';
import { BAD_VERSIONS, GOOD_VERSIONS } from './receiver.ts';
import type { ProjectEvent } from '@fettle/core';
import { policy } from '@fettle/core/testing/builders';
import { PERSON } from '../world/person.ts';
import { NOTHING, TICK_MS, type Budget, type Configuration } from './small-world.ts';

/** Further away than any run gets: "never". */
const NEVER_MS = 1000 * TICK_MS;

const SMALL_BUDGETS = {
  machineRestarts: { max: 2, withinMs: NEVER_MS },
  actions: { max: 7, withinMs: NEVER_MS },
  substitutions: { max: 2, withinMs: NEVER_MS },
  projectActions: { max: 100, withinMs: NEVER_MS },
  hostActions: { max: 100, withinMs: NEVER_MS },
};

/**
 * One check each tick, two failed ones open an incident, every level is tried once and has two ticks. Budgets never
 * free up, nothing is blamed, and no evidence is kept. Everything else is as short as it can be told apart.
 */
function smallPolicy(overrides: PolicyInput = {}) {
  return policy({
    check: { intervalMs: TICK_MS, unhealthyAfter: 2, goneAfter: 2, callTimeoutMs: 5000, probeRoutes: true },
    report: { everyMs: TICK_MS, lateAfterMs: 2 * TICK_MS },
    grace: { serviceStartMs: 0, machineStartMs: TICK_MS, afterReturnMs: 2 * TICK_MS },
    ladder: [
      { level: 1, attempts: 1, timeoutMs: 2 * TICK_MS },
      { level: 2, attempts: 1, timeoutMs: 2 * TICK_MS },
      { level: 3, attempts: 1, timeoutMs: 2 * TICK_MS },
      { level: 4, attempts: 1, timeoutMs: 5 * TICK_MS },
    ],
    settleMs: TICK_MS,
    bakeMs: TICK_MS,
    budgets: SMALL_BUDGETS,
    stormGuard: { permitMs: 4 * TICK_MS },
    copies: { everyMs: NEVER_MS },
    evidence: { mode: 'off' },
    blame: { withinMs: 0 },
    retainReplacedMs: NEVER_MS,
    ...overrides,
  });
}

function configuration(
  name: string,
  purpose: string,
  rest: Partial<Omit<Configuration, 'budget'>> & { budget: Partial<Budget> },
): Configuration {
  return {
    name,
    purpose,
    slots: ['web'],
    policy: smallPolicy(),
    sicknesses: [],
    commands: [],
    asks: [],
    split: false,
    clockSteps: false,
    begins: 'healthy',
    ...rest,
    budget: { ...NOTHING, ...rest.budget },
  };
}

/** A ladder of these levels alone. */
const only = (...levels: (1 | 2 | 3 | 4)[]): PolicyInput => ({
  ladder: levels.map((level) => ({ level, attempts: 1, timeoutMs: (level === 4 ? 5 : 2) * TICK_MS })),
});

/** One machine after the other, each for a tick. */
const ROLLOUT = { firstWave: 1, growth: 1, bakeMs: TICK_MS, waveTimeoutMs: 8 * TICK_MS };

const BLAME = { machines: 2, share: 1, withinMs: NEVER_MS };

/** Somebody asks for another commit on all slots. */
function refresh(customer: string): ProjectEvent {
  return { type: 'refresh-asked', target: { refs: { customer }, image: null }, slots: null, by: PERSON };
}

export const CONFIGURATIONS: Configuration[] = [
  configuration(
    'substitution',
    'a machine is given up, replaced behind its slot, and retired [P1 P2 P4 M9]',
    {
      policy: smallPolicy(only(4)),
      sicknesses: ['ruined'],
      budget: { sicknesses: 1, losses: 1, duplicates: 1 },
    },
  ),
  configuration('substitution-crash', 'the same, while objects end in the middle of it [P1 P2 P4]', {
    policy: smallPolicy(only(4)),
    sicknesses: ['ruined'],
    budget: { sicknesses: 1, losses: 1, crashes: 1 },
  }),
  configuration('parked', 'replacements that never work are counted, and the last is parked [P2 P7]', {
    policy: smallPolicy({
      ...only(4),
      budgets: { ...SMALL_BUDGETS, substitutions: { max: 1, withinMs: NEVER_MS } },
    }),
    sicknesses: ['vanished'],
    budget: { sicknesses: 2, duplicates: 1 },
  }),
  configuration(
    'failed-replacement',
    'a replacement that cannot be created is given up like any other [P4]',
    {
      policy: smallPolicy(only(4)),
      sicknesses: ['ruined'],
      budget: { sicknesses: 1, failures: 2 },
    },
  ),
  configuration('clean-up', 'a replaced machine is kept for its time, then destroyed [P4]', {
    policy: smallPolicy({ ...only(4), retainReplacedMs: 2 * TICK_MS }),
    sicknesses: ['ruined'],
    budget: { sicknesses: 1, losses: 1 },
  }),
  configuration('permit', 'two machines want leave to act, and answers are lost [P6]', {
    slots: ['web', 'api'],
    policy: smallPolicy(only(3)),
    sicknesses: ['stubborn'],
    budget: { sicknesses: 2, losses: 1 },
  }),
  configuration('permit-crash', 'leave that was given outlives who asked for it, but not for ever [P6]', {
    policy: smallPolicy(only(3, 4)),
    sicknesses: ['stubborn', 'ruined'],
    budget: { sicknesses: 1, losses: 1, crashes: 1 },
  }),
  configuration('storm', 'when too many are sick, nothing disruptive is done to any [P6]', {
    slots: ['web', 'api'],
    policy: smallPolicy({ ...only(3), stormGuard: { permitMs: 4 * TICK_MS, alwaysAllowSick: 1 } }),
    sicknesses: ['stubborn'],
    budget: { sicknesses: 2 },
  }),
  configuration('budget', 'a machine that gets sick again and again is restarted only so often [M7]', {
    policy: smallPolicy({
      ...only(3),
      budgets: { ...SMALL_BUDGETS, machineRestarts: { max: 1, withinMs: NEVER_MS } },
    }),
    sicknesses: ['stubborn'],
    budget: { sicknesses: 3, losses: 1, crashes: 1 },
  }),
  configuration('wishes', 'what people want beats recovery [M10]', {
    policy: smallPolicy(only(1, 3)),
    sicknesses: ['stubborn'],
    commands: [{ kind: 'stop' }, { kind: 'start' }, { kind: 'restart' }],
    budget: { sicknesses: 1, commands: 2 },
    split: true,
  }),
  configuration('ladder', 'every sickness, every level in its order, with lost calls [M5]', {
    sicknesses: ['service', 'version', 'stubborn', 'wedged', 'ruined', 'vanished'],
    budget: { sicknesses: 1, losses: 1 },
  }),
  configuration('ladder-fails', 'work of a level that fails leads to the next [M5]', {
    sicknesses: ['version', 'stubborn', 'vanished'],
    budget: { sicknesses: 1, failures: 2 },
  }),
  configuration('ladder-slow', 'work that takes its time, and requests that arrive twice [M3 M4]', {
    policy: smallPolicy(only(1, 2, 3)),
    sicknesses: ['version', 'stubborn'],
    budget: { sicknesses: 1, duplicates: 1, slow: 2 },
    split: true,
  }),
  configuration('words', 'what a machine tells its project arrives at last', {
    policy: smallPolicy(only(1)),
    sicknesses: ['service'],
    budget: { sicknesses: 1, losses: 2 },
  }),
  configuration('outbox', 'what a machine tells its project, in whatever order it arrives', {
    policy: smallPolicy(only(1)),
    sicknesses: ['service'],
    budget: { sicknesses: 1, losses: 2, duplicates: 2, crashes: 1 },
  }),
  configuration('birth', 'a machine is created, whatever is lost on the way', {
    policy: smallPolicy(only(4)),
    begins: 'empty',
    budget: { losses: 1, duplicates: 1, crashes: 1 },
  }),
  configuration('silence', 'what could not be found out is never held against a machine [M6]', {
    budget: { losses: 4, crashes: 2, delays: 2, reports: 1 },
    split: true,
  }),
  configuration('absence', 'after we were away we blame ourselves first [M11]', {
    policy: smallPolicy(only(3)),
    sicknesses: ['service', 'stubborn'],
    budget: { sicknesses: 1, absences: 2, delays: 1, losses: 1 },
  }),
  configuration('clock', 'a clock that steps back or ahead holds nobody up for ever [M11]', {
    policy: smallPolicy(only(3)),
    sicknesses: ['stubborn'],
    budget: { sicknesses: 1, absences: 2, reports: 1 },
    clockSteps: true,
  }),
  configuration('given-up', 'reports and wishes for a machine that was given up change nothing [M9]', {
    policy: smallPolicy(only(4)),
    sicknesses: ['ruined'],
    commands: [{ kind: 'start' }, { kind: 'stop' }],
    budget: { sicknesses: 1, reports: 1, commands: 1 },
  }),
  configuration('rollout', 'a version that hurts goes no further than its wave, and goes back [V1 V2 M8]', {
    slots: ['web', 'api'],
    policy: smallPolicy({ ...only(2, 3), rollout: ROLLOUT }),
    asks: [refresh(BAD_VERSIONS.customer)],
    budget: { commands: 1, losses: 1 },
  }),
  configuration('blame', 'versions that make both machines sick are left by both [P8]', {
    slots: ['web', 'api'],
    policy: smallPolicy({ ...only(2), rollout: { ...ROLLOUT, firstWave: 2 }, blame: BLAME }),
    asks: [refresh(BAD_VERSIONS.customer)],
    budget: { commands: 1 },
  }),
  configuration('pinned', 'a pinned slot stays on what it runs, also when that does not work [V3]', {
    policy: smallPolicy(only(2)),
    sicknesses: ['version'],
    asks: [
      { type: 'pinned', slot: 'web', reason: 'wanted', by: PERSON },
      { type: 'unpinned', slot: 'web', by: PERSON },
    ],
    budget: { sicknesses: 1, commands: 2 },
  }),
  configuration('quarantined', 'a replacement does not start with what is quarantined [P8]', {
    policy: smallPolicy(only(4)),
    sicknesses: ['ruined'],
    asks: [{ type: 'quarantined', versions: GOOD_VERSIONS, reason: 'not wanted', by: PERSON }],
    budget: { sicknesses: 1, commands: 1 },
  }),
  configuration('evidence', 'evidence comes before a destructive level, and holds nothing up [E1 E2]', {
    policy: smallPolicy({ ...only(3), evidence: { mode: 'collect' } }),
    sicknesses: ['stubborn'],
    budget: { sicknesses: 1, losses: 1, crashes: 1, delays: 1 },
  }),
  configuration('shadow', 'a policy that only watches does nothing, and says what it would have done', {
    policy: smallPolicy({ mode: 'shadow' }),
    sicknesses: ['service', 'stubborn', 'ruined'],
    budget: { sicknesses: 1, losses: 1, crashes: 1 },
  }),
];
