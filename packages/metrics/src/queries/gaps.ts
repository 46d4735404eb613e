import { column } from '../layout.ts';
import { byMachines, distinct, total } from './expressions.ts';
import { within, type Scope } from './scope.ts';
import { select, selectColumn, type Selected, type Statement } from './statement.ts';

/**
 * After how many seconds a machine counts as silent: three reports that are due every 30 s, and the minute that
 * Analytics Engine may take to show what was written, rounded up.
 */
export const SILENT_AFTER_SECONDS = 180;

/** The machine of a group of rows from which something was written last. */
export const NEWEST_MACHINE: Selected = select('machine', 'text', `argMax(${column('machine')}, timestamp)`);

/** For how long nothing was written. */
export const SILENT_SECONDS: Selected = select(
  'silentSeconds',
  'seconds',
  'toUnixTimestamp(now()) - toUnixTimestamp(max(timestamp))',
);

/**
 * Slots from whose newest machine nothing was written lately, the longest silence first. A machine that was replaced
 * is not among them once its successor reports. A repeat changes nothing.
 */
export function silentMachines(scope: Scope): Statement {
  return {
    select: [
      selectColumn('slot'),
      NEWEST_MACHINE,
      select('lastAt', 'time', 'toUnixTimestamp(max(timestamp))'),
      SILENT_SECONDS,
    ],
    where: [...within(scope), byMachines()],
    groupBy: ['slot'],
    having: `silentSeconds >= ${SILENT_AFTER_SECONDS}`,
    orderBy: ['silentSeconds DESC'],
    limit: scope.limit,
  };
}

/** How many points the numbers of one boot skip. A repeat changes nothing. */
export function skipped(): string {
  const seq = column('seq');
  return `max(${seq}) - min(${seq}) + 1 - ${distinct(seq)}`;
}

/**
 * Boots of which points are missing. `lost` is what their numbers skip: dropped by the machine, refused, or gone on
 * the way; it is exact as long as nothing is sampled. `dropped` is what the machine says it dropped itself; a repeat
 * of such a point is added again.
 */
export function lostPoints(scope: Scope): Statement {
  return {
    select: [
      selectColumn('machine'),
      selectColumn('boot'),
      select('firstAt', 'time', `toUInt32(min(${column('measuredAt')}))`),
      select('lastAt', 'time', `toUInt32(max(${column('measuredAt')}))`),
      select('points', 'count', distinct(column('seq'))),
      select('lost', 'count', skipped()),
      select('dropped', 'count', total('droppedBefore')),
    ],
    where: [...within(scope), byMachines()],
    groupBy: ['machine', 'boot'],
    having: 'lost >= 1 OR dropped >= 1',
    orderBy: ['lost DESC', 'machine'],
    limit: scope.limit,
  };
}
