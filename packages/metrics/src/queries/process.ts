import { column } from '../layout.ts';
import { distinct, ofType, stepOf, together } from './expressions.ts';
import { quote } from './quote.ts';
import { within, type Scope } from './scope.ts';
import { select, selectColumn, type Statement } from './statement.ts';

const HOUR = 3600;

/**
 * Automatic restarts of each process by hours of UTC. The supervisor counts one when it begins to wait for it, so each
 * is a point in state `backing-off` with a number of its own within a boot. Points written twice count once. Not
 * seen: a restart while the daemon itself was away.
 */
export function restartsPerHour(scope: Scope): Statement {
  return {
    select: [
      select('time', 'time', stepOf(HOUR)),
      selectColumn('machine'),
      selectColumn('process'),
      select('restarts', 'count', distinct(together('boot', 'restarts'))),
    ],
    where: [...within(scope), ofType('process'), `${column('state')} = ${quote('backing-off')}`],
    groupBy: ['time', 'machine', 'process'],
    orderBy: ['time DESC', 'machine', 'process'],
    limit: scope.limit,
  };
}

/** What processes went through, the newest first. Points written twice are one row. */
export function processChanges(scope: Scope): Statement {
  const own = [
    'machine',
    'process',
    'previousState',
    'state',
    'durationMs',
    'restarts',
    'exitCode',
    'signal',
    'boot',
    'seq',
  ] as const;
  return {
    select: [select('time', 'time', `toUInt32(min(${column('measuredAt')}))`), ...own.map(selectColumn)],
    where: [...within(scope), ofType('process')],
    groupBy: own,
    orderBy: ['time DESC', 'machine', 'seq DESC'],
    limit: scope.limit,
  };
}
