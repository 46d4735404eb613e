import type { HostBackend } from '@fettle/contract/host-agent';
import type { Incident } from '@fettle/contract/recovery';
import type { Fault, FaultName } from './faults.ts';

/** The outcome of one fault, as `--json` prints it. Times in milliseconds from the injection. */
export type DrillResult = {
  fault: FaultName;
  slot: string;
  backend: HostBackend;
  /** The level that healed; `null` when none did. */
  level: number | null;
  /** Levels that were tried, in order, without those that were skipped. */
  levelsTried: number[];
  /** Until an incident was opened; for level 0 until pidnap saw the service end. `null` when it was not noticed. */
  detectMs: number | null;
  /** Until the machine, or its replacement, was healthy. */
  healMs: number | null;
  /** Healed, at the level that was expected, and nothing that was checked beside it was wrong. */
  healed: boolean;
};

/** What was seen of one fault from outside. */
export type Evidence = {
  injectedAt: number;
  /** When pidnap saw the service end; level 0 only. */
  pidnapNoticedAt: number | null;
  /** The incident that the fault led to, if any. */
  incident: Incident | null;
  /** When the service, the machine or its replacement was well again. */
  healthyAt: number | null;
  /** What else was found wrong: lost data, a slot that leads nowhere, the wrong versions. */
  wrong: readonly string[];
};

/** Scores what was seen against what was expected. */
export function score(
  fault: Fault,
  evidence: Evidence,
  where: { slot: string; backend: HostBackend },
): DrillResult {
  const { injectedAt, incident, healthyAt, wrong } = evidence;
  const levelsTried = triedLevels(incident);
  const level = healthyAt === null ? null : healingLevel(incident);
  const noticedAt = incident?.openedAt ?? evidence.pidnapNoticedAt;
  const triedBefore = levelsTried.slice(0, fault.triedBefore.length);
  const isAsExpected =
    level === fault.level && fault.triedBefore.every((one, index) => triedBefore[index] === one);
  return {
    fault: fault.name,
    ...where,
    level,
    levelsTried,
    detectMs: noticedAt === null ? null : Math.max(0, noticedAt - injectedAt),
    healMs: healthyAt === null ? null : healthyAt - injectedAt,
    healed: isAsExpected && wrong.length === 0,
  };
}

/** Why a result does not count as healed; empty when it does. */
export function shortcomings(fault: Fault, result: DrillResult, wrong: readonly string[]): string[] {
  if (result.healed) return [];
  const expected = `expected level ${fault.level}${fault.triedBefore.length === 0 ? '' : ` after ${fault.triedBefore.join(', ')}`}`;
  if (result.level === null) return [`not healthy in time, ${expected}`, ...wrong];
  const tried = result.levelsTried.length === 0 ? 'no level' : `levels ${result.levelsTried.join(', ')}`;
  const isLevelRight = wrong.length > 0 && result.level === fault.level;
  return isLevelRight
    ? [...wrong]
    : [`healed by level ${result.level} (tried: ${tried}), ${expected}`, ...wrong];
}

/** Several incidents of one cause as one: from the first to be opened, with every try, healed by the highest level. */
export function joinIncidents(incidents: readonly Incident[]): Incident | null {
  const [first] = incidents.toSorted((a, b) => a.openedAt - b.openedAt);
  if (first === undefined) return null;
  return {
    ...first,
    tries: incidents.flatMap(({ tries }) => tries).toSorted((a, b) => a.startedAt - b.startedAt),
    outcome: incidents.some(({ outcome }) => outcome === 'bricked') ? 'bricked' : first.outcome,
    healedBy: Math.max(...incidents.map(({ healedBy }) => healedBy ?? 0)),
  };
}

function triedLevels(incident: Incident | null): number[] {
  const tried = (incident?.tries ?? [])
    .filter(({ outcome }) => outcome !== 'skipped')
    .map(({ level }) => level);
  return [...new Set(tried)];
}

function healingLevel(incident: Incident | null): number {
  if (incident === null) return 0;
  return incident.outcome === 'bricked' ? 4 : (incident.healedBy ?? 0);
}
