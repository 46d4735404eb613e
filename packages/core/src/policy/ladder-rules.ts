/** Rules about the recovery ladder and the time that its levels have. */
import type { LadderRung, Policy } from '@fettle/contract';
import { breachIf, timeText, type Breach, type Rule } from './rule.ts';

/** A look asks the provider, then the machine, then what only a failed answer makes it ask: each may take the deadline. */
const QUESTIONS_IN_TURN = 3;

type Place = { rung: LadderRung; at: string };

function places({ ladder }: Policy): Place[] {
  return ladder.map((rung, index) => ({ rung, at: `ladder.${index}` }));
}

/** Breaches of the rungs of some levels whose time is shorter than what they wait for. */
function tooShort(
  policy: Policy,
  levels: readonly number[],
  least: { field: string; value: number; leastMs: number },
): Breach[] {
  return places(policy)
    .filter(({ rung }) => levels.includes(rung.level) && rung.timeoutMs < least.leastMs)
    .map(({ rung, at }) => ({
      fields: [`${at}.timeoutMs`, least.field] as const,
      values: [`${timeText(rung.timeoutMs)} (level ${rung.level})`, timeText(least.value)] as const,
      expected: `${timeText(least.leastMs)} or more`,
    }));
}

export const LADDER_RULES: readonly Rule[] = [
  {
    fields: ['ladder.N.timeoutMs', 'grace.serviceStartMs'],
    when: 'the time of level 1 or 2 is below `serviceStartMs`',
    why: 'the level is called a failure while the services that it started still have time to start',
    breaches: (policy) => {
      const { serviceStartMs } = policy.grace;
      const field = 'grace.serviceStartMs';
      return tooShort(policy, [1, 2], { field, value: serviceStartMs, leastMs: serviceStartMs });
    },
  },
  {
    fields: ['ladder.N.timeoutMs', 'grace.machineStartMs'],
    when: 'the time of level 3 or 4 is below `machineStartMs`',
    why: 'the level is called a failure while the machine still has time for its cold start',
    breaches: (policy) => {
      const { machineStartMs } = policy.grace;
      const field = 'grace.machineStartMs';
      return tooShort(policy, [3, 4], { field, value: machineStartMs, leastMs: machineStartMs });
    },
  },
  {
    fields: ['ladder.N.timeoutMs', 'check.callTimeoutMs'],
    when: 'the time of a level is below three `callTimeoutMs`, which one look can take',
    why: 'the level can be over before a single look has ended that could see it work',
    breaches: (policy) => {
      const { callTimeoutMs } = policy.check;
      const leastMs = QUESTIONS_IN_TURN * callTimeoutMs;
      return tooShort(policy, [1, 2, 3, 4], { field: 'check.callTimeoutMs', value: callTimeoutMs, leastMs });
    },
  },
  {
    fields: ['grace.machineStartMs', 'grace.serviceStartMs'],
    when: '`machineStartMs` is below `serviceStartMs`',
    why: 'a machine that starts, starts its services too, and would have less time for it than a service alone',
    breaches: ({ grace }) =>
      breachIf(grace.machineStartMs < grace.serviceStartMs, {
        values: [timeText(grace.machineStartMs), timeText(grace.serviceStartMs)],
        expected: `${timeText(grace.serviceStartMs)} or more`,
      }),
  },
  {
    fields: ['ladder.N.level', 'ladder.M.level'],
    when: 'a level stands behind a higher one, or a second time',
    why: 'levels only rise within an incident, so that the later of the two is never tried as it says',
    breaches: (policy) =>
      places(policy).flatMap(({ rung, at }, index) => {
        const before = places(policy)
          .slice(0, index)
          .find((other) => other.rung.level >= rung.level);
        if (before === undefined) return [];
        return [
          {
            fields: [`${at}.level`, `${before.at}.level`] as const,
            values: [String(rung.level), String(before.rung.level)] as const,
            expected: 'every level at most once, in ascending order',
          },
        ];
      }),
  },
  {
    fields: ['ladder', 'budgets.substitutions.max'],
    when: 'the ladder has no level 4 and `substitutions.max` is not 0',
    why: 'substitutions have a budget, and no level ever asks for one: a machine that cannot be repaired is held for ever',
    breaches: ({ ladder, budgets }) =>
      breachIf(ladder.every(({ level }) => level !== 4) && budgets.substitutions.max > 0, {
        values: [levelsOf(ladder), String(budgets.substitutions.max)],
        expected: 'a last rung of level 4, or budgets.substitutions.max 0',
      }),
  },
  {
    fields: ['budgets.substitutions.max', 'ladder'],
    when: '`substitutions.max` is 0 and the ladder has level 4',
    why: 'a machine is given up and stopped, and nothing is ever put in its place',
    breaches: ({ ladder, budgets }) =>
      breachIf(ladder.some(({ level }) => level === 4) && budgets.substitutions.max === 0, {
        values: ['0', levelsOf(ladder)],
        expected: '1 or more, or a ladder without level 4',
      }),
  },
];

function levelsOf(ladder: Policy['ladder']): string {
  return `levels ${ladder.map(({ level }) => level).join(', ')}`;
}
