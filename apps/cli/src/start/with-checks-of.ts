import type { Policy } from '@fettle/contract/policy';

/** The present policy with other checks. What must not be quicker than the checks becomes as slow as they need. */
export function withChecksOf(present: Policy, wanted: Policy): Policy {
  const { grace, copies, rollout, blame } = present;
  return {
    ...present,
    check: wanted.check,
    report: wanted.report,
    bakeMs: Math.max(present.bakeMs, wanted.bakeMs),
    grace: { ...grace, afterReturnMs: Math.max(grace.afterReturnMs, wanted.grace.afterReturnMs) },
    copies: {
      everyMs: Math.max(copies.everyMs, wanted.copies.everyMs),
      oldAfterMs: Math.max(copies.oldAfterMs, wanted.copies.oldAfterMs),
    },
    rollout: {
      ...rollout,
      bakeMs: Math.max(rollout.bakeMs, wanted.rollout.bakeMs),
      waveTimeoutMs: Math.max(rollout.waveTimeoutMs, wanted.rollout.waveTimeoutMs),
    },
    // Who has switched it off wants it off.
    blame: {
      ...blame,
      withinMs: blame.withinMs === 0 ? 0 : Math.max(blame.withinMs, wanted.blame.withinMs),
    },
  };
}
