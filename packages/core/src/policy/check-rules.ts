/** Rules about how a machine is checked and how its reports are judged. */
import { breachIf, timeText, type Rule } from './rule.ts';

export const CHECK_RULES: readonly Rule[] = [
  {
    fields: ['check.goneAfter', 'check.unhealthyAfter'],
    when: '`goneAfter` is above `unhealthyAfter`',
    why: 'a check that finds the machine gone is a failed check as well, so that an incident opens before the provider is to be believed',
    breaches: ({ check }) =>
      breachIf(check.goneAfter > check.unhealthyAfter, {
        values: [String(check.goneAfter), String(check.unhealthyAfter)],
        expected: `${check.unhealthyAfter} or less`,
      }),
  },
  {
    fields: ['report.lateAfterMs', 'report.everyMs'],
    when: '`lateAfterMs` is below two `everyMs`',
    why: 'a single report that is lost makes every machine look as if its daemon were silent',
    breaches: ({ report }) =>
      breachIf(report.lateAfterMs < 2 * report.everyMs, {
        values: [timeText(report.lateAfterMs), timeText(report.everyMs)],
        expected: `${timeText(2 * report.everyMs)} or more`,
      }),
  },
  {
    fields: ['bakeMs', 'report.lateAfterMs'],
    when: '`bakeMs` is not 0 (no bake time at all) and not above `lateAfterMs`',
    why: 'versions whose daemon died at its start would be proven before its silence is noticed',
    breaches: ({ bakeMs, report }) =>
      breachIf(bakeMs > 0 && bakeMs <= report.lateAfterMs, {
        values: [timeText(bakeMs), timeText(report.lateAfterMs)],
        expected: `more than ${timeText(report.lateAfterMs)}, or 0`,
      }),
  },
  {
    fields: ['grace.afterReturnMs', 'report.everyMs'],
    when: '`afterReturnMs` is not 0 (no grace at all) and below `everyMs`',
    why: 'the grace that follows an absence of our own ends before every machine has had time to report',
    breaches: ({ grace, report }) =>
      breachIf(grace.afterReturnMs > 0 && grace.afterReturnMs < report.everyMs, {
        values: [timeText(grace.afterReturnMs), timeText(report.everyMs)],
        expected: `${timeText(report.everyMs)} or more, or 0`,
      }),
  },
  {
    fields: ['copies.everyMs', 'check.intervalMs'],
    when: '`copies.everyMs` is below `check.intervalMs`',
    why: 'a machine is copied when it is checked, so that a substitution can lose more than the policy says',
    breaches: ({ copies, check }) =>
      breachIf(copies.everyMs < check.intervalMs, {
        values: [timeText(copies.everyMs), timeText(check.intervalMs)],
        expected: `${timeText(check.intervalMs)} or more`,
      }),
  },
  {
    fields: ['copies.oldAfterMs', 'copies.everyMs'],
    when: '`copies.oldAfterMs` is below `copies.everyMs`',
    why: 'every copy is called old before the next one is due',
    breaches: ({ copies }) =>
      breachIf(copies.oldAfterMs < copies.everyMs, {
        values: [timeText(copies.oldAfterMs), timeText(copies.everyMs)],
        expected: `${timeText(copies.everyMs)} or more`,
      }),
  },
  {
    fields: ['retainReplacedMs', 'copies.everyMs'],
    when: '`retainReplacedMs` is below `copies.everyMs`',
    why: 'when the first copy of a replacement fails, the disk it replaced is removed before the next copy is due',
    breaches: ({ retainReplacedMs, copies }) =>
      breachIf(retainReplacedMs < copies.everyMs, {
        values: [timeText(retainReplacedMs), timeText(copies.everyMs)],
        expected: `${timeText(copies.everyMs)} or more`,
      }),
  },
  {
    fields: ['history.snapshots', 'bakeMs'],
    when: '`history.snapshots` checks, one per `check.intervalMs`, reach back less far than `bakeMs`',
    why: 'the observations that prove a version set are forgotten before it is proven',
    breaches: ({ history, bakeMs, check }) => {
      const least = Math.ceil(bakeMs / check.intervalMs);
      return breachIf(history.snapshots < least, {
        values: [String(history.snapshots), timeText(bakeMs)],
        expected: `${least} or more`,
      });
    },
  },
];
