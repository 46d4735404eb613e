import type { machineContract } from '@fettle/contract';
import { MetricsAnswer, type MetricsReport } from '@fettle/contract/metrics';
import { ReportAnswer, type HealthReport } from '@fettle/contract/report';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import * as v from 'valibot';
import { createNodeLink } from '../rpc/node-link.ts';

/** What the control plane answers to a machine. */
export type ControlPlaneClient = {
  report(report: HealthReport, options: { signal: AbortSignal }): Promise<ReportAnswer>;
  reportMetrics(report: MetricsReport, options: { signal: AbortSignal }): Promise<MetricsAnswer>;
};

/** The longest answer names each point of a report as refused. */
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * A client for the control plane; who we are is in the token alone. An answer that is not what the contract says is an
 * error.
 */
export function createControlPlaneClient({
  controlUrl,
  machineToken,
}: {
  /** Base URL without `/machine/rpc`; a path of its own is kept. */
  controlUrl: string;
  machineToken: string;
}): ControlPlaneClient {
  const url = `${controlUrl.replace(/\/+$/, '')}/machine/rpc`;
  const link = createNodeLink({ url, token: machineToken, maxAnswerBytes: MAX_ANSWER_BYTES });
  const client: ContractRouterClient<typeof machineContract> = createORPCClient(link);
  return {
    report: async (report, options) => v.parse(ReportAnswer, await client.report(report, options)),
    reportMetrics: async (report, options) =>
      v.parse(MetricsAnswer, await client.reportMetrics(report, options)),
  };
}
