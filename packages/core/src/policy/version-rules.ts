/** Rules about how versions go through a project, and when they are to blame. */
import { breachIf, timeText, type Rule } from './rule.ts';

/** A bake of no time is no bake at all, and may be meant. */
function isBakeTooShort(bakeMs: number, leastMs: number): boolean {
  return bakeMs > 0 && bakeMs <= leastMs;
}

export const VERSION_RULES: readonly Rule[] = [
  {
    fields: ['rollout.bakeMs', 'check.intervalMs'],
    when: '`rollout.bakeMs` is not 0 (no bake time at all) and not above `intervalMs`',
    why: 'a wave is called good, and the next one changed, before a single regular check has looked at it',
    breaches: ({ rollout, check }) =>
      breachIf(isBakeTooShort(rollout.bakeMs, check.intervalMs), {
        values: [timeText(rollout.bakeMs), timeText(check.intervalMs)],
        expected: `more than ${timeText(check.intervalMs)}, or 0`,
      }),
  },
  {
    fields: ['rollout.bakeMs', 'report.lateAfterMs'],
    when: '`rollout.bakeMs` is not 0 (no bake time at all) and not above `lateAfterMs`',
    why: 'a wave whose daemons died at their start would be called good before their silence is noticed',
    breaches: ({ rollout, report }) =>
      breachIf(isBakeTooShort(rollout.bakeMs, report.lateAfterMs), {
        values: [timeText(rollout.bakeMs), timeText(report.lateAfterMs)],
        expected: `more than ${timeText(report.lateAfterMs)}, or 0`,
      }),
  },
  {
    fields: ['rollout.waveTimeoutMs', 'rollout.bakeMs'],
    when: '`waveTimeoutMs` is not above `rollout.bakeMs` and `grace.machineStartMs` together',
    why: 'a machine that takes the time it is given for its start cannot bake before its wave is called hurt',
    breaches: ({ rollout, grace }) => {
      const leastMs = rollout.bakeMs + grace.machineStartMs;
      return breachIf(rollout.waveTimeoutMs <= leastMs, {
        values: [timeText(rollout.waveTimeoutMs), timeText(rollout.bakeMs)],
        expected: `more than ${timeText(leastMs)} (with grace.machineStartMs)`,
      });
    },
  },
  {
    fields: ['blame.withinMs', 'check.unhealthyAfter'],
    when: '`blame.withinMs` is not 0 (nothing is ever blamed) and not above the time of `unhealthyAfter` checks, one per `check.intervalMs`, and `report.lateAfterMs`',
    why: 'by the time that enough checks have failed to open an incident, it no longer counts as soon after the arrival, so that no version is ever blamed',
    breaches: ({ blame, check, report }) => {
      const leastMs = check.unhealthyAfter * check.intervalMs + report.lateAfterMs;
      return breachIf(blame.withinMs > 0 && blame.withinMs <= leastMs, {
        values: [timeText(blame.withinMs), String(check.unhealthyAfter)],
        expected: `more than ${timeText(leastMs)}, or 0`,
      });
    },
  },
];
