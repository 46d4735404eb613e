import { column } from '../layout.ts';
import { distinct, ofType, stepOf, together } from './expressions.ts';
import { quote } from './quote.ts';
import { within, type Scope } from './scope.ts';
import { select, selectColumn, type Statement } from './statement.ts';

const HOUR = 3600;

/**
 * Which process points stand for an automatic restart: the supervisor counts one when it begins to wait for it, in
 * state `backing-off`, with a number (`restarts`) of its own within a boot. Not seen: a restart while the daemon was away.
 */
export const RESTARTED = `${column('state')} = ${quote('backing-off')}`;

/** Automatic restarts of each process by hours of UTC (`RESTARTED`). Points written twice count once. */
export function restartsPerHour(scope: Scope): Statement {
  return {
    select: [
      select('time', 'time', stepOf(HOUR)),
      selectColumn('machine'),
      selectColumn('process'),
      select('restarts', 'count', distinct(together('boot', 'restarts'))),
    ],
    where: [...within(scope), ofType('process'), RESTARTED],
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
