/** Rules about the storm guard and its permits. */
import { breachIf, timeText, type Rule } from './rule.ts';

export const GUARD_RULES: readonly Rule[] = [
  {
    fields: ['stormGuard.maxSickShare', 'stormGuard.alwaysAllowSick'],
    when: 'both are 0',
    why: 'a single sick machine is a storm, so that levels 2 to 4 are never let through',
    breaches: ({ stormGuard }) =>
      breachIf(stormGuard.maxSickShare === 0 && stormGuard.alwaysAllowSick === 0, {
        values: ['0', '0'],
        expected: 'more than 0, or stormGuard.alwaysAllowSick 1 or more',
      }),
  },
  {
    fields: ['stormGuard.permitMs', 'ladder.N.timeoutMs'],
    when: '`permitMs` is below the time of level 2 or 3',
    why: 'the permit lapses while its holder is still at work, and more machines are worked on at once than the guard allows',
    breaches: ({ stormGuard, ladder }) =>
      ladder.flatMap(({ level, timeoutMs }, index) =>
        breachIf((level === 2 || level === 3) && stormGuard.permitMs < timeoutMs, {
          fields: ['stormGuard.permitMs', `ladder.${index}.timeoutMs`],
          values: [timeText(stormGuard.permitMs), `${timeText(timeoutMs)} (level ${level})`],
          expected: `${timeText(timeoutMs)} or more`,
        }),
      ),
  },
  {
    fields: ['stormGuard.permitMs', 'evidence.timeoutMs'],
    when: 'evidence is collected, and `permitMs` is below `evidence.timeoutMs` and the time of level 2 or 3 together',
    why: 'evidence is collected once leave was given, so that the permit lapses while its holder is still at work',
    breaches: ({ stormGuard, ladder, evidence }) => {
      const times = ladder.filter(({ level }) => level === 2 || level === 3).map((rung) => rung.timeoutMs);
      const leastMs = Math.max(0, ...times) + evidence.timeoutMs;
      const isTooShort = times.length > 0 && stormGuard.permitMs < leastMs;
      return breachIf(evidence.mode === 'collect' && isTooShort, {
        values: [timeText(stormGuard.permitMs), timeText(evidence.timeoutMs)],
        expected: `${timeText(leastMs)} or more`,
      });
    },
  },
];
