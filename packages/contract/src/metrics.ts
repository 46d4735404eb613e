import * as v from 'valibot';

const finite = v.pipe(v.number(), v.finite(), v.minValue(0));

/** What a machine uses, measured inside it. `null` where the machine cannot tell. */
export const ResourceMetrics = v.object({
  /** Share of the machine's processors in use, 0 to 100. */
  cpuPercent: v.nullable(v.pipe(finite, v.maxValue(100))),
  memoryUsedMb: v.nullable(finite),
  memoryTotalMb: v.nullable(finite),
  /** Used share of the disk that holds the machine's data, 0 to 100. */
  diskUsedPercent: v.nullable(v.pipe(finite, v.maxValue(100))),
});
export type ResourceMetrics = v.InferOutput<typeof ResourceMetrics>;
