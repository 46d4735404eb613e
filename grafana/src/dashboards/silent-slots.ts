import { NEWEST_MACHINE, SILENT_AFTER_SECONDS, SILENT_SECONDS } from '@fettle/metrics/queries/gaps';
import { HALF, table } from '../panels.ts';
import { tableSql } from '../sql.ts';

/** Slots whose newest machine is silent, as on more than one dashboard. */
export function silentSlots() {
  return table(
    {
      title: 'Silent slots',
      about: `Slots from whose newest machine nothing was written for ${SILENT_AFTER_SECONDS} s or more. A machine that was replaced is not among them once its successor reports.`,
    },
    HALF,
    tableSql(null, ['slot'], [NEWEST_MACHINE, SILENT_SECONDS], {
      having: `silentSeconds >= ${SILENT_AFTER_SECONDS}`,
      orderBy: ['silentSeconds DESC'],
    }),
  );
}
