import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import type { MachineIdentity } from '@fettle/contract';
import { prometheusQuery } from '@fettle/metrics/prometheus';
import { prometheusWatchQuery } from '@fettle/metrics/prometheus-watch';
import { buildQuery } from '@fettle/metrics/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineToken } from '../credentials.ts';
import { metricsReport } from '../metric-points.ts';
import { eventually, OPERATOR_TOKEN, startControlPlane, type ControlPlane } from './control-plane.ts';

const IDENTITY: MachineIdentity = {
  machineId: 'demo.web-1.1',
  organization: 'acme',
  project: 'demo',
  slot: 'web-1',
  generation: 1,
  type: 'local-docker',
};
const LATEST = { name: 'latest', project: 'demo' } as const;
const MEGABYTES = 10 * 1024 * 1024;

let plane: ControlPlane;
let token: string;
let outside: http.Server;
/** What came to our stand-ins for the SQL API of Analytics Engine and for a collector. */
const arrived: { path: string | undefined; authorization: string | undefined; body: string }[] = [];

/** One row of the answer to a statement that we know: 1 in every figure, as a text, which is how 64-bit integers come. */
function rowFor(sql: string): Record<string, string> | undefined {
  const known = [buildQuery(LATEST), prometheusQuery(), prometheusWatchQuery()];
  const query = known.find((one) => one.sql === sql);
  return (
    query && Object.fromEntries(query.columns.map(({ name, unit }) => [name, unit === 'text' ? 'x' : '1']))
  );
}

beforeAll(async () => {
  outside = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    arrived.push({ path: request.url, authorization: request.headers.authorization, body });
    const row = rowFor(body);
    if (request.url === '/sql' && row === undefined) response.statusCode = 422;
    response.end(JSON.stringify(request.url === '/sql' ? { meta: [], data: [row], rows: 1 } : {}));
  });
  await once(outside.listen(0, '127.0.0.1'), 'listening');
  const base = `http://127.0.0.1:${(outside.address() as net.AddressInfo).port}`;
  plane = await startControlPlane('recorded', {
    FETTLE_ANALYTICS_URL: `${base}/sql`,
    FETTLE_ANALYTICS_TOKEN: 'analytics-token',
    FETTLE_PROMETHEUS: 'on',
    FETTLE_OTLP_URL: `${base}/v1/metrics`,
    FETTLE_OTLP_HEADERS: 'authorization=Bearer%20collector-token',
  });
  token = await machineToken(IDENTITY.machineId, IDENTITY);
});

afterAll(async () => {
  await plane.close();
  outside.closeAllConnections();
  outside.close();
});

const written = async () => (await (await fetch(`${plane.workerd.url}/written`)).json()) as unknown[];

describe('a report of metrics in workerd', () => {
  it('is written, and goes to the collector after its answer', async () => {
    const answer = await fetch(`${plane.workerd.url}/machine/v1/rpc/reportMetrics`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ json: metricsReport() }),
    });
    expect(await answer.json()).toEqual({ json: { accepted: 1, refused: [], reportEveryMs: 30_000 } });
    expect(await written()).toMatchObject([{ indexes: [IDENTITY.machineId] }]);
    const [sent] = await eventually(
      () => arrived.filter(({ path }) => path === '/v1/metrics'),
      (all) => all.length > 0,
    );
    expect(sent?.authorization).toBe('Bearer collector-token');
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({ resourceMetrics: [{ resource: {} }] });
  });

  it.each([
    ['that says how long it is', { 'content-length': String(MEGABYTES) }],
    ['that does not say so', { 'transfer-encoding': 'chunked' }],
    ['that lies about it', { 'content-length': '20', 'transfer-encoding': 'chunked' }],
  ])('with a body of 10 MB %s is refused before it was sent', async (_, headers) => {
    const before = (await written()).length;
    const { status, sentBytes } = await sendEndlessly(headers);
    expect([400, 413, 'closed']).toContain(status);
    expect(sentBytes).toBeLessThan(MEGABYTES);
    expect(await written()).toHaveLength(before);
  });
});

/**
 * Sends a head and then spaces, 16 KB at a time, until an answer comes or the other side closes. TCP may drop an answer
 * that is followed by a close while there is still something on its way: then it is `closed`.
 */
async function sendEndlessly(
  headers: Record<string, string>,
): Promise<{ status: number | 'closed' | 'taken'; sentBytes: number }> {
  const { hostname, port } = new URL(plane.workerd.url);
  const socket = net.connect(Number(port), hostname);
  const chunk = ' '.repeat(16_384);
  const framed = 'transfer-encoding' in headers ? `4000\r\n${chunk}\r\n` : chunk;
  let answer = '';
  let sentBytes = 0;
  socket.setEncoding('latin1').on('data', (data: string) => (answer += data));
  // The other side may close before it has read everything: that is what this is about.
  const gone = new Promise((resolve) => socket.once('error', resolve).once('close', resolve));
  const lines = {
    host: 'x',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...headers,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /machine/v1/rpc/reportMetrics HTTP/1.1\r\n${head.join('')}\r\n`);
  while (answer === '' && sentBytes < MEGABYTES && !socket.destroyed) {
    sentBytes += chunk.length;
    const drained = socket.write(framed) || once(socket, 'drain');
    await Promise.race([drained, gone]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const unanswered = socket.destroyed ? 'closed' : 'taken';
  socket.destroy();
  await gone;
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
  return { status: status === undefined ? unanswered : Number(status), sentBytes };
}

describe('what was measured', () => {
  it('is asked over the SQL API, and numbers are numbers', async () => {
    const table = await plane.operator().metrics.query(LATEST);
    expect(table.sql).toBe(buildQuery(LATEST).sql);
    expect(table.rows).toEqual([expect.objectContaining({ machine: 'x', cpuPercent: 1, time: 1 })]);
    expect(arrived).toContainEqual({
      path: '/sql',
      authorization: 'Bearer analytics-token',
      body: table.sql,
    });
  });

  it('that the SQL API does not accept is our mistake', async () => {
    const question = plane.operator().metrics.query({ ...LATEST, project: 'other' });
    await expect(question).rejects.toMatchObject({ code: 'INTERNAL', status: 500 });
  });

  it('is there for Prometheus, in two questions about all projects', async () => {
    const before = arrived.length;
    const answer = await scrape(`Bearer ${OPERATOR_TOKEN}`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain('system_cpu_utilization_ratio{job="x/x",instance="x"} 0.01 1000');
    const asked = arrived.slice(before).map(({ body }) => body);
    expect(asked.toSorted()).toEqual([prometheusQuery().sql, prometheusWatchQuery().sql].toSorted());
  });

  it('is not for machines, and not for everybody', async () => {
    const before = arrived.length;
    for (const header of ['', `Bearer ${token}`, 'Bearer wrong'])
      expect((await scrape(header)).status).toBe(401);
    expect(arrived).toHaveLength(before);
  });

  const scrape = (authorization: string) =>
    fetch(`${plane.workerd.url}/metrics`, { headers: { authorization } });
});
