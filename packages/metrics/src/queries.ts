import { METRICS_QUERY_ABOUT as ABOUT } from '@fettle/contract/metrics-query';
import type { MetricsColumn, MetricsQuery, MetricsQueryName } from '@fettle/contract';
import { lostPoints, silentMachines } from './queries/gaps.ts';
import { aggregates, figureByMachine, fleetPercentiles, machineHistory } from './queries/over-time.ts';
import { processChanges, restartsPerHour } from './queries/process.ts';
import { latest, slowestStarts, topCpu, topMemory } from './queries/ranking.ts';
import type { Scope } from './queries/scope.ts';
import { toSql, type Statement } from './queries/statement.ts';
import { sweeps, tickLag } from './queries/watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Widths that read well, none shorter than two reports. */
const STEPS_MS = [60_000, 300_000, 900_000, HOUR, 6 * HOUR, DAY];

/** A question, and what it takes when nothing else is said. */
export type Question = {
  /** One line: what it answers. */
  about: string;
  /** How far back it looks by itself. */
  lastMs: number;
  /** Width of its steps over `lastMs`, wider for a longer time (`stepFor`); `null`: it takes none. */
  stepMs: number | null;
  /** Most rows by itself. */
  limit: number;
  statement: (scope: Scope) => Statement;
};

/** Every question. Rows with a time come newest first: a limit cuts the oldest. */
export const QUERIES: Readonly<Record<MetricsQueryName, Question>> = {
  latest: withoutSteps(ABOUT.latest, HOUR, 1000, latest),
  'machine-history': overTime(ABOUT['machine-history'], machineHistory),
  'cpu-by-machine': overTime(ABOUT['cpu-by-machine'], figureByMachine('cpuPercent')),
  'memory-by-machine': overTime(ABOUT['memory-by-machine'], figureByMachine('memoryUsedMb', 'memoryTotalMb')),
  'disk-by-machine': overTime(ABOUT['disk-by-machine'], figureByMachine('diskUsedPercent')),
  'top-cpu': withoutSteps(ABOUT['top-cpu'], HOUR, 10, topCpu),
  'top-memory': withoutSteps(ABOUT['top-memory'], HOUR, 10, topMemory),
  'fleet-percentiles': overTime(ABOUT['fleet-percentiles'], fleetPercentiles),
  hourly: withoutSteps(ABOUT.hourly, DAY, 10_000, aggregates('hour')),
  daily: withoutSteps(ABOUT.daily, 30 * DAY, 10_000, aggregates('day')),
  'restarts-per-hour': withoutSteps(ABOUT['restarts-per-hour'], DAY, 10_000, restartsPerHour),
  'process-changes': withoutSteps(ABOUT['process-changes'], HOUR, 100, processChanges),
  'slowest-starts': withoutSteps(ABOUT['slowest-starts'], 7 * DAY, 20, slowestStarts),
  'silent-machines': withoutSteps(ABOUT['silent-machines'], DAY, 1000, silentMachines),
  'lost-points': withoutSteps(ABOUT['lost-points'], DAY, 100, lostPoints),
  'tick-lag': withoutSteps(ABOUT['tick-lag'], HOUR, 1000, tickLag),
  sweeps: overTime(ABOUT.sweeps, sweeps),
};

function overTime(about: string, statement: Question['statement']): Question {
  return { about, lastMs: HOUR, stepMs: stepFor(HOUR), limit: 10_000, statement };
}

function withoutSteps(
  about: string,
  lastMs: number,
  limit: number,
  statement: Question['statement'],
): Question {
  return { about, lastMs, stepMs: null, limit, statement };
}

/**
 * SQL of a question, and the columns of its answer in order. A figure below 0 (`UNKNOWN`) means that it is not known.
 * A step is rounded to whole seconds; a query that has no steps ignores it. Throws a `RangeError` for a name that
 * cannot be quoted, which the contract's schemas never let through.
 */
export function buildQuery(query: MetricsQuery): { sql: string; columns: MetricsColumn[] } {
  const { lastMs: usualLastMs, limit, statement } = QUERIES[query.name];
  const lastMs = query.lastMs ?? usualLastMs;
  const built = statement({
    project: query.project,
    machineId: query.machineId,
    lastSeconds: Math.ceil(lastMs / 1000),
    stepSeconds: Math.max(1, Math.round((query.stepMs ?? stepFor(lastMs)) / 1000)),
    limit: query.limit ?? limit,
  });
  return { sql: toSql(built), columns: built.select.map(({ name, unit }) => ({ name, unit })) };
}

/** The narrowest width that makes at most 170 steps: a chart of a week has an hour's. */
export function stepFor(lastMs: number): number {
  return STEPS_MS.find((step) => lastMs / step <= 170) ?? DAY;
}
