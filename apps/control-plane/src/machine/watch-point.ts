import type { MachineRecord } from '@fettle/core';
import { encodeWatch } from '@fettle/metrics';
import type { ArmedAnswer } from './machine.ts';
import { log } from '../log.ts';

/** Writes how late a machine's watcher is. Never throws: nothing that heals machines waits for metrics. */
export function writeWatchPoint(
  dataset: AnalyticsEngineDataset,
  record: MachineRecord,
  { lagMs, lastTickAt, stale }: ArmedAnswer,
  now: number,
): void {
  try {
    dataset.writeDataPoint(
      encodeWatch(record.identity, record.versions, now, {
        tickLagMs: lagMs,
        worstTickLagMs: record.lag?.worstMs ?? null,
        sinceTickMs: lastTickAt === null ? null : Math.max(0, now - lastTickAt),
        stale,
      }),
    );
  } catch (error) {
    log.warn('the watch point was not taken', error);
  }
}
