/** Columns of points about the watchers themselves. */
import type { LayoutColumn } from './layout.ts';

export const WATCH_LAYOUT = [
  {
    column: 'double1',
    name: 'tickLagMs',
    of: 'watch',
    unit: 'ms',
    about: 'How late the alarm of the machine’s object was the last time',
  },
  {
    column: 'double2',
    name: 'worstTickLagMs',
    of: 'watch',
    unit: 'ms',
    about: 'How late it was at the worst tick of the last hour',
  },
  {
    column: 'double3',
    name: 'sinceTickMs',
    of: 'watch',
    unit: 'ms',
    about: 'Time since the object last woke by itself',
  },
  {
    column: 'double4',
    name: 'stale',
    of: 'watch',
    unit: 'count',
    about: '1 when the last check is too old to be shown as true, else 0',
  },
  {
    column: 'double1',
    name: 'watchedMachines',
    of: 'sweep',
    unit: 'count',
    about: 'Machines of the project that the sweep asked',
  },
  {
    column: 'double2',
    name: 'medianLagMs',
    of: 'sweep',
    unit: 'ms',
    about: 'How late the alarms of the fleet were: the median',
  },
  {
    column: 'double3',
    name: 'worstLagMs',
    of: 'sweep',
    unit: 'ms',
    about: 'How late the alarms of the fleet were: the worst',
  },
  {
    column: 'double4',
    name: 'staleMachines',
    of: 'sweep',
    unit: 'count',
    about: 'Machines whose last check is too old to be shown as true',
  },
  {
    column: 'double8',
    name: 'silentObjects',
    of: 'sweep',
    unit: 'count',
    about: 'Machines whose object did not answer the sweep',
  },
  {
    column: 'double9',
    name: 'rearmedMachines',
    of: 'sweep',
    unit: 'count',
    about: 'Machines whose alarm was lost and was set again by this sweep',
  },
] as const satisfies readonly LayoutColumn[];
