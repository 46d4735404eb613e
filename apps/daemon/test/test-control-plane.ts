import {
  MACHINE_RPC_PATH,
  machineContract,
  type HealthReport,
  type MetricsAnswer,
  type MetricsReport,
} from '@fettle/contract';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { catalogued, makeTestCredentials, type TestCredentials } from './test-credentials.ts';
import { waitFor } from './wait-for.ts';

/** A real HTTP server that takes reports, as the control plane does. */
export type TestControlPlane = {
  /** Base URL for a machine's spec; stays the same over `goAway` and `comeBack`. */
  url: string;
  /** Reports that were taken, oldest first. */
  reports: HealthReport[];
  /** Reports of points that were taken, oldest first. */
  metrics: MetricsReport[];
  /** Tokens that did not fit; they are answered with UNAUTHORIZED. */
  refused: string[];
  credentials: TestCredentials;
  /** The machine token that the answers to reports bring. */
  fresh: string | null;
  /** Requests that are answered with TOO_MANY_REQUESTS, and the seconds that they are told to wait. */
  busy: { requests: number; retryAfterS: number };
  /** How the next requests are answered; `garbage` and `html` are what something in between might say. */
  mode: 'take' | 'retired' | 'hang' | 'garbage' | 'html' | 'broken' | 'too-large';
  /** Answers to the next reports of points instead of taking them; those that are left out are taken. */
  refusePoints: (report: MetricsReport) => MetricsAnswer['refused'] | 'bad-request';
  /** Requests that came, whatever the answer. */
  requests: number;
  reportEveryMs: number;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** The first report after the present ones that fits. */
  nextReport(what: string, fits?: (report: HealthReport) => boolean): Promise<HealthReport>;
};

const STRANGE: Partial<Record<TestControlPlane['mode'], { status: number; type: string; body: string }>> = {
  garbage: { status: 200, type: 'application/json', body: '{"json":{"reportEveryMs":"soon"}}' },
  html: { status: 200, type: 'text/html', body: '<h1>Log in to the network</h1>' },
  broken: { status: 500, type: 'text/plain', body: 'Error 1101' },
  'too-large': { status: 413, type: 'text/html', body: '<h1>413</h1>' },
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
    refusePoints: () => [],
    refused: [],
    credentials: makeTestCredentials(),
    fresh: null,
    busy: { requests: 0, retryAfterS: 0 },
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
      if (plane.mode === 'retired') throw catalogued('RETIRED');
      plane.reports.push(input);
      const fresh = plane.fresh === null ? undefined : { token: plane.fresh, expiresInMs: 60_000 };
      if (fresh !== undefined) plane.credentials.machineToken = fresh.token;
      return { reportEveryMs: plane.reportEveryMs, fresh };
    });
    const reportMetrics = implement(machineContract).reportMetrics.handler(({ input }) => {
      const refused = plane.refusePoints(input);
      if (refused === 'bad-request') throw catalogued('BAD_REQUEST');
      if (plane.mode === 'retired') throw catalogued('RETIRED');
      plane.metrics.push(input);
      const accepted = input.points.length - refused.length;
      return { accepted, refused, reportEveryMs: plane.reportEveryMs };
    });
    const handler = new RPCHandler({ report, reportMetrics });
    const created = createServer(async (request, response) => {
      plane.requests += 1;
      if (plane.mode === 'hang') return;
      const strange = STRANGE[plane.mode];
      if (strange)
        return void response.writeHead(strange.status, { 'content-type': strange.type }).end(strange.body);
      if (await plane.credentials.handle(request, response)) return;
      if (plane.busy.requests > 0) {
        plane.busy.requests -= 1;
        return void answerError(response, 'TOO_MANY_REQUESTS', plane.busy.retryAfterS);
      }
      const token = request.headers.authorization ?? '';
      if (token !== `Bearer ${plane.credentials.machineToken}`) {
        plane.refused.push(token);
        return void answerError(response, 'UNAUTHORIZED');
      }
      const { matched } = await handler.handle(request, response, {
        prefix: `/control${MACHINE_RPC_PATH}`,
        context: {},
      });
      if (!matched) response.writeHead(404).end();
    }).listen(onPort, '127.0.0.1');
    await once(created, 'listening');
    return created;
  }
}

/** An error as the edge of the control plane answers it, before any procedure. */
function answerError(
  response: ServerResponse,
  code: 'TOO_MANY_REQUESTS' | 'UNAUTHORIZED',
  retryAfterS?: number,
): void {
  const { status, message, data } = catalogued(code);
  if (retryAfterS !== undefined) response.setHeader('retry-after', retryAfterS);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ json: { defined: true, code, status, message, data } }));
}
