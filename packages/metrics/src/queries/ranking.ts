import { column } from '../layout.ts';
import { highest, mean, measure, newest, ofType, percentile, share } from './expressions.ts';
import { within, type Scope } from './scope.ts';
import { select, selectColumn, type Statement } from './statement.ts';

/** The newest figures of each machine. A repeat changes nothing. */
export function latest(scope: Scope): Statement {
  const names = [
    'cpuPercent',
    'cpuLimit',
    'memoryUsedMb',
    'memoryTotalMb',
    'diskUsedPercent',
    'load1',
    'openFiles',
  ] as const;
  return {
    select: [
      selectColumn('machine'),
      selectColumn('organization'),
      selectColumn('machineType'),
      selectColumn('slot'),
      select('time', 'time', `toUInt32(max(${column('measuredAt')}))`),
      ...names.map((name) => ({ ...selectColumn(name), sql: newest(name) })),
    ],
    where: [...within(scope), ofType('resource')],
    groupBy: ['machine', 'organization', 'machineType', 'slot'],
    orderBy: ['machine'],
    limit: scope.limit,
  };
}

/** Machines by processor use, the busiest first. A repeat weighs twice. */
export function topCpu(scope: Scope): Statement {
  const cpu = measure('cpuPercent');
  return top(
    scope,
    [
      select('cpuPercent', 'percent', mean(cpu)),
      select('cpuPercentP95', 'percent', percentile(0.95, cpu)),
      select('cpuPercentMax', 'percent', highest(cpu)),
    ],
    cpu.known,
  );
}

/** Machines by memory in use, the largest first. A repeat weighs twice. */
export function topMemory(scope: Scope): Statement {
  const used = measure('memoryUsedMb');
  const usedShare = share('memoryUsedMb', 'memoryTotalMb');
  return top(
    scope,
    [
      select('memoryUsedMb', 'mb', mean(used)),
      select('memoryUsedMbMax', 'mb', highest(used)),
      select('memoryTotalMb', 'mb', mean(measure('memoryTotalMb'))),
      select('memoryUsedPercent', 'percent', mean(usedShare)),
    ],
    used.known,
  );
}

/** The slowest starts of machines, one row each; a repeat changes nothing. */
export function slowestStarts(scope: Scope): Statement {
  const own = ['machine', 'slot', 'platform', 'customer', 'image', 'boot'] as const;
  const figures = ['timeToReadyMs', 'tasksCompleteMs', 'daemonReadyMs'] as const;
  return {
    select: [
      select('time', 'time', `toUInt32(min(${column('measuredAt')}))`),
      ...own.map(selectColumn),
      ...figures.map((name) => ({ ...selectColumn(name), sql: `max(${column(name)})` })),
    ],
    where: [...within(scope), ofType('startup')],
    groupBy: own,
    orderBy: ['timeToReadyMs DESC'],
    limit: scope.limit,
  };
}

function top(scope: Scope, figures: Statement['select'], known: string): Statement {
  return {
    select: [selectColumn('machine'), selectColumn('slot'), ...figures],
    where: [...within(scope), ofType('resource'), known],
    groupBy: ['machine', 'slot'],
    orderBy: [`${figures[0]!.name} DESC`],
    limit: scope.limit,
  };
}
