import { errorCatalogue, machineContract, type HealthReport, type MetricsReport } from '@fettle/contract';
import { ORPCError, implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MACHINE_TOKEN } from './test-machine.ts';
import { waitFor } from './wait-for.ts';

/** A real HTTP server that takes reports, as the control plane does. */
export type TestControlPlane = {
  /** Base URL for a machine's spec; stays the same over `goAway` and `comeBack`. */
  url: string;
  /** Reports that were taken, oldest first. */
  reports: HealthReport[];
  /** Reports of points that were taken, oldest first. */
  metrics: MetricsReport[];
  /** Tokens that did not fit. */
  refused: string[];
  /** How the next reports are answered. */
  mode: 'take' | 'retired' | 'hang';
  /** Requests that came, whatever the answer. */
  requests: number;
  reportEveryMs: number;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** The first report after the present ones that fits. */
  nextReport(what: string, fits?: (report: HealthReport) => boolean): Promise<HealthReport>;
};

/** Starts the server. The first answers ask for a report every `reportEveryMs`. */
export async function startTestControlPlane({
  reportEveryMs,
}: {
  reportEveryMs: number;
}): Promise<TestControlPlane> {
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const plane: TestControlPlane = {
    url: `http://127.0.0.1:${port}/control`,
    reports: [],
    metrics: [],
    refused: [],
    mode: 'take',
    requests: 0,
    reportEveryMs,
    async goAway() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    async comeBack() {
      server = await listen(port);
    },
    async nextReport(what, fits = () => true) {
      const from = plane.reports.length;
      return waitFor(what, () => plane.reports.slice(from).find(fits));
    },
  };
  return plane;

  async function listen(onPort: number): Promise<Server> {
    const report = implement(machineContract).report.handler(({ input }) => {
      if (plane.mode === 'retired') {
        const { status, message, retryable } = errorCatalogue.RETIRED;
        throw new ORPCError('RETIRED', { status, message, data: { retryable } });
      }
      plane.reports.push(input);
      return { reportEveryMs: plane.reportEveryMs };
    });
    const reportMetrics = implement(machineContract).reportMetrics.handler(({ input }) => {
      plane.metrics.push(input);
      return { accepted: input.points.length, refused: [], reportEveryMs: plane.reportEveryMs };
    });
    const handler = new RPCHandler({ report, reportMetrics });
    const created = createServer(async (request, response) => {
      plane.requests += 1;
      if (plane.mode === 'hang') return;
      const token = request.headers.authorization ?? '';
      if (token !== `Bearer ${MACHINE_TOKEN}`) plane.refused.push(token);
      const { matched } = await handler.handle(request, response, {
        prefix: '/control/machine/rpc',
        context: {},
      });
      if (!matched) response.writeHead(404).end();
    }).listen(onPort, '127.0.0.1');
    await once(created, 'listening');
    return created;
  }
}
