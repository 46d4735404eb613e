import type { MachineTemplate } from '@fettle/contract/machine-spec';
import type { PolicyInput } from '@fettle/contract/policy';
import { machineTypeOf, type Provider } from '../connection/provider.ts';

const seconds = (count: number): number => count * 1000;
const minutes = (count: number): number => count * 60_000;

/** How often `npm start` checks every machine, unless --check-interval says otherwise. The default of a policy is 30 s. */
export const DEMO_CHECK_MS = seconds(5);

/** Checks that are further apart do not fit the other times of this policy, such as the 10 min that a replaced machine is kept. */
export const MOST_CHECK_MS = minutes(10);

/** How often machines of `npm start` report metrics: charts have a shape within a minute. The default is 30 s. */
export const DEMO_METRICS_MS = seconds(5);

/**
 * Policy of the project that `npm start` makes. The defaults are for fleets that nobody looks at; here somebody sits
 * in front of it and wants to see what happens, so that everything is quicker, in the same proportions.
 */
export function demoPolicy(checkMs: number = DEMO_CHECK_MS): PolicyInput {
  return {
    check: {
      intervalMs: checkMs,
      // Three checks in a row, as by default: 15 s until an incident opens instead of 90 s.
      unhealthyAfter: 3,
      // Everything is on one computer: what takes longer than this hangs.
      callTimeoutMs: seconds(3),
    },
    report: {
      everyMs: checkMs,
      // Two missed reports and half of one, as by default.
      lateAfterMs: Math.round(checkMs * 2.5),
    },
    grace: {
      // The example service answers within a second of its start.
      serviceStartMs: seconds(15),
      // A first start clones and installs, on two slow cores next to two others that do the same.
      machineStartMs: seconds(90),
      // A restart of the control plane takes seconds here, not minutes; every machine has reported once by then.
      afterReturnMs: Math.max(seconds(20), checkMs),
    },
    ladder: [
      { level: 1, attempts: 1, timeoutMs: seconds(40) },
      { level: 2, attempts: 1, timeoutMs: seconds(90) },
      { level: 3, attempts: 1, timeoutMs: seconds(120) },
      { level: 4, attempts: 1, timeoutMs: minutes(5) },
    ],
    settleMs: seconds(10),
    // Soon known to work, so that level 2 has something to go back to; but longer than a report may be late, or
    // versions whose daemon is silent would be taken for proven.
    bakeMs: Math.max(seconds(20), checkMs * 4),
    // Three failed checks and a late report fit in; who breaks machines by hand after a minute makes no version guilty.
    blame: { withinMs: Math.max(seconds(60), checkMs * 12) },
    // A wave is judged as soon as what it brought is proven.
    rollout: {
      bakeMs: Math.max(seconds(20), checkMs * 4),
      waveTimeoutMs: Math.max(minutes(5), checkMs * 8),
    },
    budgets: {
      // Somebody who breaks things on purpose must not run into the limits of a fleet that breaks by itself.
      machineRestarts: { max: 20, withinMs: minutes(30) },
      actions: { max: 60, withinMs: minutes(60) },
      substitutions: { max: 20, withinMs: minutes(60) },
    },
    // A guestbook entry is in a copy within half a minute, or at the next check where checks are slower.
    copies: { everyMs: Math.max(seconds(30), checkMs) },
    // Long enough to look at a replaced machine, short enough to see its clean-up.
    retainReplacedMs: minutes(10),
  };
}

/** What `npm start` says about this policy. */
export function describeDemoPolicy(checkMs: number): string {
  return `every machine is checked every ${checkMs / 1000} s here (default 30 s); versions count as known to work after ${demoPolicy(checkMs).bakeMs! / 1000} s (default 5 min)`;
}

/** Machines of the first project: one customer service, from the example repository. */
export function demoTemplate(
  heads: { platform: string; customer: string },
  provider: Provider = 'local',
): MachineTemplate {
  return {
    type: machineTypeOf(provider),
    services: [
      {
        name: 'web',
        command: ['node', 'server.mjs'],
        port: 8080,
        healthPath: '/healthz',
        // Given up after about 8 s of crashes, so that level 1 has not to wait for a minute.
        restartBudget: { maxRestarts: 4, withinMs: seconds(60) },
      },
    ],
    limits: { memoryMb: 512, cpus: 1, pids: 256 },
    versions: heads,
    image: null,
    regions: [],
  };
}

/** Slot names `web-1`, `web-2` and so on. */
export function slotNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `web-${index + 1}`);
}
