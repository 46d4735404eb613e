import { column, unitOf, type ColumnName } from '../layout.ts';
import {
  distinct,
  highest,
  mean,
  measure,
  ofType,
  percentile,
  perSecond,
  share,
  stepOf,
  together,
  type Measure,
} from './expressions.ts';
import { within, type Scope } from './scope.ts';
import { select, selectColumn, type Selected, type Statement } from './statement.ts';

const HOUR = 3600;
const DAY = 86_400;

/** What the machines used, step by step. A repeat weighs twice in its step's means. */
export function machineHistory(scope: Scope): Statement {
  return byMachine(scope, scope.stepSeconds, [
    meanOf('cpuPercent'),
    meanOf('memoryUsedMb'),
    meanOf('memoryTotalMb'),
    meanOf('diskUsedPercent'),
    meanOf('load1'),
    select('networkReceivedPerSecond', 'bytes', perSecond('networkReceivedBytes', 'coversMs')),
    select('networkSentPerSecond', 'bytes', perSecond('networkSentBytes', 'coversMs')),
  ]);
}

/** One figure of each machine, step by step; a step in which the machine could not tell it is left out. */
export function figureByMachine(...names: [ColumnName, ...ColumnName[]]): (scope: Scope) => Statement {
  return (scope) => {
    const statement = byMachine(scope, scope.stepSeconds, names.map(meanOf));
    return { ...statement, where: [...statement.where, measure(names[0]).known] };
  };
}

/** Aggregates of each machine by hours or days of UTC. `points` counts a repeat once; means weigh it twice. */
export function aggregates(step: 'hour' | 'day'): (scope: Scope) => Statement {
  return (scope) =>
    byMachine(scope, step === 'hour' ? HOUR : DAY, [
      select('points', 'count', distinct(together('boot', 'seq'))),
      meanOf('cpuPercent'),
      maxOf('cpuPercent'),
      meanOf('memoryUsedMb'),
      maxOf('memoryUsedMb'),
      meanOf('diskUsedPercent'),
      maxOf('diskUsedPercent'),
    ]);
}

/** How use is spread over the fleet, step by step. A repeat weighs twice. */
export function fleetPercentiles(scope: Scope): Statement {
  return {
    select: [
      select('time', 'time', stepOf(scope.stepSeconds)),
      select('machines', 'count', `count(DISTINCT ${column('machine')})`),
      ...spread('cpu', measure('cpuPercent')),
      ...spread('memory', share('memoryUsedMb', 'memoryTotalMb')),
      ...spread('disk', measure('diskUsedPercent')),
    ],
    where: [...within(scope), ofType('resource')],
    groupBy: ['time'],
    orderBy: ['time DESC'],
    limit: scope.limit,
  };
}

/** How a share is spread: the percentiles 50, 95 and 99 of it, as `<name>P50` and so on. */
export function spread(name: string, of: Measure): Selected[] {
  return [0.5, 0.95, 0.99].map((level) => select(`${name}P${level * 100}`, 'percent', percentile(level, of)));
}

function byMachine(scope: Scope, stepSeconds: number, figures: Selected[]): Statement {
  return {
    select: [select('time', 'time', stepOf(stepSeconds)), selectColumn('machine'), ...figures],
    where: [...within(scope), ofType('resource')],
    groupBy: ['time', 'machine'],
    orderBy: ['time DESC', 'machine'],
    limit: scope.limit,
  };
}

function meanOf(name: ColumnName): Selected {
  return select(name, unitOf(name), mean(measure(name)));
}

function maxOf(name: ColumnName): Selected {
  return select(`${name}Max`, unitOf(name), highest(measure(name)));
}
