import { oc } from '@orpc/contract';
import { errorMap } from './errors.ts';
import { MetricsAnswer, MetricsReport } from './metrics.ts';
import { HealthReport, ReportAnswer } from './report.ts';

/** What a machine may call, at `/machine/rpc`, with its machine token. */
export const machineContract = {
  /** A report is a state, not an event: the newest replaces all before it. */
  report: oc.errors(errorMap).input(HealthReport).output(ReportAnswer),
  /** Points are events: each is written once at the most, and none waits for another. */
  reportMetrics: oc.errors(errorMap).input(MetricsReport).output(MetricsAnswer),
};
