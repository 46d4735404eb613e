// What is counted on more than one dashboard. Points that were written twice count once.
import { column } from '@fettle/metrics';
import { distinct, together } from '@fettle/metrics/queries/expressions';
import { select } from '@fettle/metrics/queries/statement';

/** Different machines. */
export const MACHINES = select('machines', 'count', `count(DISTINCT ${column('machine')})`);

/** Points, whatever they measure. */
export const POINTS = select('points', 'count', distinct(together('machine', 'boot', 'seq')));

/** Changes of processes; use on process points. */
export const CHANGES = { ...POINTS, name: 'changes' };

/** Automatic restarts of processes; use on process points that satisfy `RESTARTED`. */
export const RESTARTS = select(
  'restarts',
  'count',
  distinct(together('machine', 'boot', 'process', 'restarts')),
);

/** Starts of machines; use on startup points. */
export const STARTS = select('starts', 'count', distinct(together('machine', 'boot')));
