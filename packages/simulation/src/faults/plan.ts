/** Makes up worlds: how large, for how long, under which policy, and what happens to them. */
import { Policy, type PolicyInput } from '@fettle/contract';
import { lintPolicy } from '@fettle/core/policy/lint-policy';
import * as v from 'valibot';
import { Random } from '../world/random.ts';
import type { WorldSpec } from '../world/spec.ts';
import { FAULT_KINDS, type Fault, type FaultKind } from './fault.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long faults last that last, at most. What is not listed here lasts up to 20 minutes. */
const LONGEST: Partial<Record<FaultKind, number>> = {
  'process-killed': 2 * MINUTE,
  'region-outage': 2 * HOUR,
  'alarms-late': 30 * MINUTE,
  'crash-before-commit': 3 * MINUTE,
  'crash-after-commit': 3 * MINUTE,
  'crash-after-send': 3 * MINUTE,
  'crash-before-answer': 3 * MINUTE,
  'host-partition': HOUR,
  'host-without-power': 30 * MINUTE,
  'foreign-host': HOUR,
  'listing-empty': HOUR,
  'operator-stop': 5 * MINUTE,
  partition: HOUR,
  'one-way-in': HOUR,
  'one-way-out': HOUR,
  flapping: HOUR,
  'lying-daemon': HOUR,
  'slot-pinned': 2 * HOUR,
  'versions-quarantined': HOUR,
};

/** Kinds that hit so much that a world has few of them. */
const RARE: readonly FaultKind[] = [
  'region-outage',
  'process-killed',
  'mass-failure',
  'alarms-late',
  'clock-ahead',
  'clock-back',
  'host-without-power',
  'poison-version',
  'policy-changed',
];

/** Of the kinds above, this share of what comes up is kept. */
const RARE_SHARE = 0.3;

/** How large a world is. `small`: up to 30 machines for hours; `large`: thousands for as long as it takes to heal them. */
export type Size = 'small' | 'large';

/** The world of a seed. The same seed and size give the same world for ever. */
export function specOf(seed: number, size: Size = 'small', machines?: number): WorldSpec {
  const random = new Random(seed, 'plan');
  const shape = size === 'small' ? smallShape(random, machines) : largeShape(random, machines);
  const policy = policyOf(random);
  return { seed, ...shape, policy, faults: faultsOf(random, shape) };
}

type Shape = Pick<WorldSpec, 'projects' | 'slots' | 'hosts' | 'safetyMs'>;

function smallShape(random: Random, machines?: number): Shape {
  const projects = random.chance(0.2) ? 2 : 1;
  const slots = Math.ceil((machines ?? random.between(3, 30)) / projects);
  return { projects, slots, hosts: random.between(1, 4), safetyMs: random.between(2 * HOUR, 8 * HOUR) };
}

/** A project of a thousand machines costs as much as ten of a hundred in truth, and more in memory. */
function largeShape(random: Random, machines?: number): Shape {
  const slots = random.pick([50, 100, 200]);
  const projects = Math.ceil((machines ?? random.pick([1000, 1000, 2000, 3000, 10_000])) / slots);
  return { projects, slots, hosts: random.between(5, 20), safetyMs: HOUR };
}

/** Faults come in bursts: what is hard is what happens in the middle of something else. */
function faultsOf(random: Random, { safetyMs, projects, slots }: Shape): Fault[] {
  const faults: Fault[] = [];
  // Some worlds are in trouble from the very beginning.
  const calm = random.chance(0.2) ? 0 : random.between(0, 20) * MINUTE;
  // A swarm: every world has only some of the kinds, so that they do not drown each other (Groce et al., 2012).
  const kinds = FAULT_KINDS.filter(() => random.chance(0.35));
  if (kinds.length === 0) return faults;
  const machines = projects * slots;
  const many = Math.min(60, 2 + Math.round((safetyMs / HOUR) * Math.min(6, 1 + machines / 6)));
  const bursts = random.between(1, Math.max(1, Math.round(many / 3)));
  const centres = Array.from({ length: bursts }, (_, index) =>
    calm === 0 && index === 0 ? 0 : random.between(0, Math.max(0, safetyMs - calm)),
  );
  for (let index = 0; index < many; index++) {
    const kind = random.pick(kinds);
    if (RARE.includes(kind) && !random.chance(RARE_SHARE)) continue;
    const spread = random.chance(0.5) ? MINUTE : 10 * MINUTE;
    const at = Math.min(safetyMs, calm + random.pick(centres) + random.between(0, spread));
    const longest = LONGEST[kind] ?? 20 * MINUTE;
    faults.push({
      at,
      kind,
      // A burst hits few machines, so that faults meet.
      target: random.chance(0.6)
        ? random.between(0, Math.min(2, machines - 1))
        : random.between(0, machines - 1),
      forMs: random.between(SECOND, longest),
      share: Math.round(random.between(5, 100)) / 100,
    });
  }
  return faults.toSorted((a, b) => a.at - b.at);
}

/** Mostly the default; else one that was made up, and that the linter accepts. */
function policyOf(random: Random): Policy {
  if (random.chance(0.7)) return v.parse(Policy, random.chance(0.08) ? { mode: 'shadow' } : {});
  for (let attempt = 0; attempt < 20; attempt++) {
    const policy = v.parse(Policy, inventedPolicy(random));
    if (lintPolicy(policy).length === 0) return policy;
  }
  return v.parse(Policy, {});
}

function inventedPolicy(random: Random): PolicyInput {
  const intervalMs = random.pick([15, 20, 30, 45, 60]) * SECOND;
  const givesUp = random.chance(0.9);
  const levels = ([1, 2, 3, 4] as const).filter((level) => (level === 4 ? givesUp : random.chance(0.8)));
  if (levels.length === 0) return {};
  return {
    mode: random.chance(0.1) ? 'shadow' : 'act',
    check: {
      intervalMs,
      unhealthyAfter: random.between(2, 4),
      goneAfter: random.between(2, 3),
      callTimeoutMs: random.pick([2, 5, 10]) * SECOND,
      probeRoutes: random.chance(0.8),
    },
    ladder: levels.map((level) => ({
      level,
      attempts: level === 4 ? 1 : random.between(1, 3),
      timeoutMs: random.between(2, 10) * MINUTE,
    })),
    settleMs: random.pick([0, 30, 60, 180]) * SECOND,
    bakeMs: random.pick([0, 2, 5, 10]) * MINUTE,
    grace: {
      serviceStartMs: random.pick([30, 60, 90]) * SECOND,
      machineStartMs: random.pick([2, 3, 5]) * MINUTE,
    },
    budgets: {
      actions: { max: random.between(3, 9), withinMs: HOUR },
      machineRestarts: { max: random.between(1, 4), withinMs: 30 * MINUTE },
      substitutions: {
        max: givesUp ? random.between(1, 3) : 0,
        withinMs: random.pick([20 * MINUTE, HOUR, 2 * HOUR, 24 * HOUR]),
      },
      projectActions: { max: random.between(5, 30), withinMs: HOUR },
      hostActions: { max: random.between(5, 15), withinMs: HOUR },
    },
    stormGuard: {
      maxSickShare: random.pick([0.2, 0.4, 0.8, 1]),
      alwaysAllowSick: random.between(1, 3),
      maxConcurrentShare: random.pick([0.1, 0.3, 1]),
      maxConcurrentPerHost: random.between(1, 4),
      permitMs: random.between(5, 20) * MINUTE,
    },
    rollout: {
      firstWave: random.between(1, 3),
      growth: random.pick([1, 2, 3]),
      bakeMs: random.pick([0, 2, 5]) * MINUTE,
      waveTimeoutMs: random.between(10, 25) * MINUTE,
    },
    blame: {
      machines: random.between(2, 4),
      share: random.pick([0.1, 0.2, 0.5, 1]),
      withinMs: random.pick([5, 15, 30]) * MINUTE,
    },
    evidence: {
      mode: random.chance(0.9) ? 'collect' : 'off',
      timeoutMs: random.between(1, 20) * SECOND,
    },
    copies: { everyMs: random.between(2, 10) * MINUTE },
    retainReplacedMs: random.pick([20 * MINUTE, HOUR, 4 * HOUR]),
  };
}
