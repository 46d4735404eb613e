import { column } from '../layout.ts';
import { distinct, total } from './expressions.ts';
import { within, type Scope } from './scope.ts';
import { select, selectColumn, type Statement } from './statement.ts';

/**
 * After how many seconds a machine counts as silent: three reports that are due every 30 s, and the minute that
 * Analytics Engine may take to show what was written, rounded up.
 */
export const SILENT_AFTER_SECONDS = 180;

/**
 * Slots from whose newest machine nothing was written lately, the longest silence first. A machine that was replaced
 * is not among them once its successor reports. A repeat changes nothing.
 */
export function silentMachines(scope: Scope): Statement {
  const lastAt = 'toUnixTimestamp(max(timestamp))';
  return {
    select: [
      selectColumn('slot'),
      select('machine', 'text', `argMax(${column('machine')}, timestamp)`),
      select('lastAt', 'time', lastAt),
      select('silentSeconds', 'seconds', `toUnixTimestamp(now()) - ${lastAt}`),
    ],
    where: within(scope),
    groupBy: ['slot'],
    having: `silentSeconds >= ${SILENT_AFTER_SECONDS}`,
    orderBy: ['silentSeconds DESC'],
    limit: scope.limit,
  };
}

/**
 * Boots of which points are missing. `lost` is what their numbers skip: dropped by the machine, refused, or gone on
 * the way; it is exact as long as nothing is sampled. `dropped` is what the machine says it dropped itself; a repeat
 * of such a point is added again.
 */
export function lostPoints(scope: Scope): Statement {
  const seq = column('seq');
  return {
    select: [
      selectColumn('machine'),
      selectColumn('boot'),
      select('firstAt', 'time', `toUInt32(min(${column('measuredAt')}))`),
      select('lastAt', 'time', `toUInt32(max(${column('measuredAt')}))`),
      select('points', 'count', distinct(seq)),
      select('lost', 'count', `max(${seq}) - min(${seq}) + 1 - ${distinct(seq)}`),
      select('dropped', 'count', total('droppedBefore')),
    ],
    where: within(scope),
    groupBy: ['machine', 'boot'],
    having: 'lost >= 1 OR dropped >= 1',
    orderBy: ['lost DESC', 'machine'],
    limit: scope.limit,
  };
}
