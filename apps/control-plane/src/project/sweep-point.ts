import type { ProjectRecord } from '@fettle/core';
import { encodeSweep } from '@fettle/metrics';
import { log } from '../log.ts';

/** Writes what a sweep found. Never throws: nothing that heals machines waits for metrics. */
export function writeSweepPoint(dataset: AnalyticsEngineDataset, record: ProjectRecord, now: number): void {
  const { watch, organization, project, template } = record;
  if (watch === null) return;
  try {
    dataset.writeDataPoint(
      encodeSweep({ organization, project, type: template.type }, now, {
        watchedMachines: watch.machines,
        medianLagMs: watch.medianLagMs,
        worstLagMs: watch.worstLagMs,
        staleMachines: watch.staleMachines.length,
        silentObjects: watch.silentMachines.length,
        rearmedMachines: watch.rearmed.length,
      }),
    );
  } catch (error) {
    log.warn('the sweep point was not taken', error);
  }
}
