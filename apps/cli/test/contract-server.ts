import type { MetricsQuery, MetricsTable } from '@fettle/contract/metrics-query';
import { OPERATOR_RPC_PATH, operatorContract } from '@fettle/contract/operator-audience';
import { implement, type AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Makes procedures of the operator contract for `serveContract`. */
export const operator = implement(operatorContract);

type Errors = Parameters<Parameters<typeof operator.metrics.query.handler>[0]>[0]['errors'];

/** What a test's server gives at other paths; `null`: nothing is there. */
type Files = (path: string, token: string) => { status: number; body: string } | null;

/** A server of the operator contract with some of its procedures. Every slot leads to its seventh machine. Ends with the test. */
export async function serveContract(router: AnyRouter, files: Files = () => null): Promise<string> {
  const resolve = operator.slots.resolve.handler(({ input }) => ({
    machineId: `${input.project}.${input.slot}.7`,
  }));
  const handler = new RPCHandler({ slots: { resolve }, ...router });
  const server = http.createServer((request, response) => {
    const token = request.headers.authorization ?? '';
    const file = files(request.url ?? '', token);
    if (file === null) return void handler.handle(request, response, { prefix: OPERATOR_RPC_PATH });
    response.writeHead(file.status).end(file.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers questions about metrics, and remembers them. */
export async function serveMetrics(
  answer: (query: MetricsQuery, errors: Errors) => MetricsTable,
): Promise<{ url: string; asked: MetricsQuery[] }> {
  const asked: MetricsQuery[] = [];
  const query = operator.metrics.query.handler(({ input, errors }) => {
    asked.push(input);
    return answer(input, errors);
  });
  return { url: await serveContract({ metrics: { query } }), asked };
}
