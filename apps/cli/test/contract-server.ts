import type { MetricsQuery, MetricsTable } from '@fettle/contract/metrics-query';
import { operatorContract } from '@fettle/contract/operator-audience';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

type Errors = Parameters<Parameters<typeof metricsQuery.handler>[0]>[0]['errors'];
const metricsQuery = implement(operatorContract).metrics.query;

/** A server of the operator contract that answers questions about metrics, and remembers them. Ends with the test. */
export async function serveMetrics(
  answer: (query: MetricsQuery, errors: Errors) => MetricsTable,
): Promise<{ url: string; asked: MetricsQuery[] }> {
  const asked: MetricsQuery[] = [];
  const handler = new RPCHandler({
    metrics: {
      query: metricsQuery.handler(({ input, errors }) => {
        asked.push(input);
        return answer(input, errors);
      }),
    },
    slots: {
      resolve: implement(operatorContract).slots.resolve.handler(({ input }) => ({
        machineId: `${input.project}.${input.slot}.7`,
      })),
    },
  });
  const server = http.createServer(
    (request, response) => void handler.handle(request, response, { prefix: '/api/rpc' }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
