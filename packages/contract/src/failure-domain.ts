import * as v from 'valibot';

/**
 * Where a failure lies, judged before anything is done about it. Only the first three are mended by acting on the
 * machine: `service` one service of it · `version` what was deployed to it · `machine` the machine as a whole.
 * `host` the box that runs it · `provider` what creates and controls it · `network` the path between it and us ·
 * `control-plane` ourselves · `unknown` the evidence does not tell.
 */
export const FailureDomain = v.picklist([
  'service',
  'version',
  'machine',
  'host',
  'provider',
  'network',
  'control-plane',
  'unknown',
]);
export type FailureDomain = v.InferOutput<typeof FailureDomain>;

/** Where a failure lies, and by what evidence. */
export const Diagnosis = v.object({ domain: FailureDomain, message: v.string() });
export type Diagnosis = v.InferOutput<typeof Diagnosis>;
