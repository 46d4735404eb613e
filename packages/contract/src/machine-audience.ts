import { oc } from '@orpc/contract';
import { errorMap } from './errors.ts';
import { MetricsAnswer, MetricsReport } from './metrics.ts';
import { HealthReport, ReportAnswer } from './report.ts';

/** Base of everything a machine calls. A version of the paths stays for as long as there are daemons that call it. */
export const MACHINE_API = '/machine/v1';
/** Where `machineContract` is served. */
export const MACHINE_RPC_PATH = `${MACHINE_API}/rpc`;
/** Where `credentialContract` is served. */
export const MACHINE_CREDENTIALS_PATH = `${MACHINE_API}/credentials`;

/** What a machine may call, with its machine token. */
export const machineContract = {
  /** A report is a state, not an event: the newest replaces all before it. */
  report: oc.errors(errorMap).input(HealthReport).output(ReportAnswer),
  /** Points are events: each is written once at the most, and none waits for another. */
  reportMetrics: oc.errors(errorMap).input(MetricsReport).output(MetricsAnswer),
};
