import type { PolicyInput } from '@fettle/contract/policy';

const seconds = (count: number): number => count * 1000;
const minutes = (count: number): number => count * 60_000;

/** How often the drill has every machine checked. The default of a policy is 30 s; everything below scales with it. */
export const DRILL_CHECK_MS = seconds(2);

/**
 * Policy of the drill's own fleet: the same ladder and the same proportions as the defaults, quick enough to watch.
 * Nothing is switched off: grace, settle time, bake time, budgets and storm guard all apply.
 */
export const DRILL_POLICY: PolicyInput = {
  check: {
    intervalMs: DRILL_CHECK_MS,
    unhealthyAfter: 3,
    goneAfter: 2,
    // One interval: what does not answer on the same computer within 2 s hangs.
    callTimeoutMs: seconds(2),
  },
  report: {
    everyMs: DRILL_CHECK_MS,
    // Two missed reports and half of one, as by default.
    lateAfterMs: seconds(5),
  },
  grace: {
    // The example service answers within a second; a busy computer gets some more.
    serviceStartMs: seconds(6),
    machineStartMs: seconds(90),
    afterReturnMs: seconds(10),
  },
  ladder: [
    // One try: what the drill breaks for good, a second restart would not mend either.
    { level: 1, attempts: 1, timeoutMs: seconds(30) },
    { level: 2, attempts: 1, timeoutMs: seconds(90) },
    // Longer than the 12 s that a host gives a hanging machine, and its start.
    { level: 3, attempts: 1, timeoutMs: seconds(120) },
    { level: 4, attempts: 1, timeoutMs: minutes(5) },
  ],
  // Faults come soon after the start here, one machine after the other: only what breaks several at once is the version.
  blame: { withinMs: seconds(40) },
  // As long as versions take to be proven; by then a wave that does not run was found out and tried to heal.
  rollout: { bakeMs: seconds(12), waveTimeoutMs: minutes(5) },
  settleMs: seconds(6),
  // Longer than a report may be late: versions whose daemon is silent must never be taken for proven.
  bakeMs: seconds(12),
  budgets: {
    machineRestarts: { max: 20, withinMs: minutes(30) },
    actions: { max: 60, withinMs: minutes(60) },
    substitutions: { max: 20, withinMs: minutes(60) },
  },
  // A substitution loses at most what was written in the last 5 s; the drill waits for the copy that has its entry.
  copies: { everyMs: seconds(5) },
  retainReplacedMs: minutes(10),
};

/** Crashes that pidnap bears before it gives a service up: about 4 s of them. */
export const DRILL_RESTART_BUDGET = { maxRestarts: 3, withinMs: seconds(60) };
