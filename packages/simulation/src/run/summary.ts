/** What a campaign came to, for programs and for people. */
import type { Totals } from './campaign.ts';

/** Sums in a form that JSON takes. Times in seconds where the name says so. */
export function summaryOf(totals: Totals) {
  const tally = totals.tally.entries();
  return {
    runs: totals.runs,
    machineHours: Math.round(totals.machineHours),
    events: totals.events,
    invariants: tally.length,
    invariantsChecked: tally.reduce((sum, [, count]) => sum + count.checked, 0),
    checks: Object.fromEntries(tally),
    /** Checks that never had anything to do. */
    idle: tally.filter(([, count]) => count.worked === 0).map(([name]) => name),
    transitionPairs: totals.pairs.size,
    newPairsPerThousandSeeds: Array.from(totals.newPairs, (count) => count ?? 0),
    probesReached: totals.probes.entries().length - totals.probes.unreached().length,
    probesUnreached: totals.probes.unreached(),
    probes: Object.fromEntries(totals.probes.entries()),
    slowestHealingSeconds: Math.round(totals.slowestHealingMs / 1000),
    replaysCompared: totals.repeated,
    replaysDifferent: totals.different,
    failures: totals.failures.map(({ seed, result }) => ({ seed, ...result.violation })),
    wallSeconds: round(totals.wallMs / 1000),
    cpuSeconds: round(totals.cpuMs / 1000),
    machineHoursPerSecondAndCore: Math.round(totals.machineHours / (totals.cpuMs / 1000)),
  };
}

export type Summary = ReturnType<typeof summaryOf>;

/** One line while it runs. */
export function progressLine(totals: Totals, hours: number | null): string {
  const goal = hours === null ? '' : ` of ${hours}`;
  return `${Math.round(totals.machineHours)}${goal} machine-hours, ${totals.runs} worlds, ${totals.pairs.size} transition pairs, ${totals.failures.length} failures`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
