/** Questions about the watchers themselves. */
import { column, unitOf, type ColumnName } from '../layout.ts';
import { highest, mean, measure, newest, ofType, stepOf, total } from './expressions.ts';
import { within, type Scope } from './scope.ts';
import { select, selectColumn, type Statement } from './statement.ts';

/** How late the object of each machine is, the latest first. A repeat changes nothing. */
export function tickLag(scope: Scope): Statement {
  const figures = ['tickLagMs', 'worstTickLagMs', 'sinceTickMs', 'stale'] as const;
  return {
    select: [
      selectColumn('machine'),
      selectColumn('slot'),
      select('time', 'time', `toUInt32(max(${column('measuredAt')}))`),
      ...figures.map((name) => ({ ...selectColumn(name), sql: newest(name) })),
    ],
    where: [...within(scope), ofType('watch')],
    groupBy: ['machine', 'slot'],
    orderBy: ['tickLagMs DESC', 'machine'],
    limit: scope.limit,
  };
}

/** What the sweeps of the fleet found, step by step. Of one machine they say nothing. */
export function sweeps(scope: Scope): Statement {
  return {
    select: [
      select('time', 'time', stepOf(scope.stepSeconds)),
      most('watchedMachines'),
      select('medianLagMs', 'ms', mean(measure('medianLagMs'))),
      most('worstLagMs'),
      most('staleMachines'),
      most('silentObjects'),
      select('rearmedMachines', 'count', total('rearmedMachines')),
    ],
    where: [...within(scope), ofType('sweep')],
    groupBy: ['time'],
    orderBy: ['time DESC'],
    limit: scope.limit,
  };
}

function most(name: ColumnName) {
  return select(name, unitOf(name), highest(measure(name)));
}
