import { MACHINE_RPC_PATH, type machineContract } from '@fettle/contract/machine-audience';
import { MetricsAnswer, type MetricsReport } from '@fettle/contract/metrics';
import { ReportAnswer, type HealthReport } from '@fettle/contract/report';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import * as v from 'valibot';
import type { MachineCredentials } from '../credentials/machine-credentials.ts';
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
 * error. The machine token that comes with the answer to a report is used from then on.
 */
export function createControlPlaneClient({
  controlUrl,
  credentials,
}: {
  /** Base URL; a path of its own is kept. */
  controlUrl: string;
  credentials: Pick<MachineCredentials, 'withToken' | 'note'>;
}): ControlPlaneClient {
  const url = `${controlUrl.replace(/\/+$/, '')}${MACHINE_RPC_PATH}`;
  const clientOf = (token: string): ContractRouterClient<typeof machineContract> =>
    createORPCClient(createNodeLink({ url, token, maxAnswerBytes: MAX_ANSWER_BYTES }));
  return {
    async report(report, options) {
      const answered = await credentials.withToken((token) => clientOf(token).report(report, options));
      const answer = v.parse(ReportAnswer, answered);
      if (answer.fresh !== undefined) credentials.note(answer.fresh);
      return answer;
    },
    async reportMetrics(report, options) {
      const answered = await credentials.withToken((token) => clientOf(token).reportMetrics(report, options));
      return v.parse(MetricsAnswer, answered);
    },
  };
}
