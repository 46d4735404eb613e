import type { ResourceMetrics } from '@fettle/contract';
import { monotonicMs } from '../daemon/monotonic.ts';
import { resourceFigures, type ResourceFigures, type ResourceReading } from '../metrics/resource-figures.ts';
import type { Collectors } from './collectors.ts';

/** Two looks closer than this would measure our own work; the second one gets what the first one saw. */
const MIN_SAMPLE_MS = 500;

/** Measures for two readers, each since its own last look. */
export type ResourceMeter = {
  /** The figures of a health report. */
  health(): ResourceMetrics;
  /** All figures, for a point. */
  point(): ResourceFigures;
};

/** A meter over collectors, which are asked once for readers that come together. */
export function createResourceMeter(collectors: Collectors): ResourceMeter {
  let newest: ResourceReading | null = null;
  const look = (): ResourceReading => {
    if (newest === null || monotonicMs() - newest.at >= MIN_SAMPLE_MS) newest = collectors.sample();
    return newest;
  };
  const sinceLast = () => {
    let before: ResourceReading | null = null;
    let figures: ResourceFigures | null = null;
    return (): ResourceFigures => {
      const after = look();
      if (figures === null || after !== before) figures = resourceFigures(before, after);
      before = after;
      return figures;
    };
  };
  const forHealth = sinceLast();
  return {
    health() {
      const { cpuPercent, memoryUsedMb, memoryTotalMb, diskUsedPercent } = forHealth();
      return { cpuPercent, memoryUsedMb, memoryTotalMb, diskUsedPercent };
    },
    point: sinceLast(),
  };
}
