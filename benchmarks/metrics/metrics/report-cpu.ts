import { MACHINE_RPC_PATH } from '@fettle/contract';
import { join } from 'node:path';
import type { Metric } from '../../metric.ts';
import { cpuNanoseconds } from '../../processes.ts';
import { saySpread } from '../../say-spread.ts';
import { interleave } from '../../statistics.ts';
import type { Bench } from '../bench.ts';
import { exampleReport } from '../example-report.ts';
import { sendRequests } from '../send-requests.ts';
import { startWorkerd } from '../../workerd.ts';

const WORKERS = ['control-plane', 'bare-orpc', 'validation', 'empty'] as const;
const KEY = 'benchmark-machine-key-0123456789abcdef';
/** Each is of a machine of its own: one alone may not report so often. */
const REQUESTS = 500;
/** Until the compilers of all isolates have done their work. */
const WARM_UP_ROUNDS = 6;

/**
 * Processor time of workerd for one report of six points: the control plane as it ships, credential included, beside a
 * handler that only has the same schemas, in the same process.
 */
export const reportCpu: Metric<Bench> = {
  name: 'report-cpu',
  about: 'processor time of the control plane for one report of six points',
  rounds: 25,
  async measure(bench, rounds) {
    const { pid, url } = await startWorkerd({
      folder: bench.folder('workerd'),
      workers: Object.fromEntries(
        WORKERS.map((name) => [name, join(import.meta.dirname, '../workers', `${name}.ts`)]),
      ),
      texts: {
        FETTLE_STAGE: 'benchmark',
        FETTLE_MACHINE_KEY: KEY,
        FETTLE_OPERATOR_TOKEN: 'unused',
        FETTLE_HOST_TOKEN: 'unused',
      },
      spawned: bench.hold,
    });
    const ask = async () =>
      (await (await fetch(url('control-plane'))).json()) as { written: number; tokens: string[] };
    const { tokens } = await ask();
    const headers = (number: number) => ({ authorization: `Bearer ${tokens[number]}` });
    let seq = 1;
    const send = (name: string, bodies: readonly string[]) =>
      sendRequests({ url: `${url(name)}${MACHINE_RPC_PATH}/reportMetrics`, headers, bodies });
    const makeBodies = () =>
      Array.from({ length: REQUESTS }, () => {
        const body = JSON.stringify({ json: exampleReport(seq) });
        seq += 6;
        return body;
      });

    bench.say(`report-cpu: ${rounds} rounds of ${REQUESTS} requests to each of ${WORKERS.join(', ')}`);
    const samples = new Map<string, number[]>(WORKERS.map((name) => [name, []]));
    let sent = 0;
    for (const [index, name] of interleave(WORKERS, WARM_UP_ROUNDS + rounds).entries()) {
      const bodies = makeBodies();
      const before = cpuNanoseconds(pid);
      await send(name, bodies);
      const spent = (cpuNanoseconds(pid) - before) / REQUESTS / 1000;
      if (name === 'control-plane') sent += REQUESTS * 6;
      if (index >= WARM_UP_ROUNDS * WORKERS.length) samples.get(name)?.push(spent);
    }
    const { written } = await ask();
    if (written !== sent) throw new Error(`the control plane wrote ${written} of ${sent} points`);
    saySpread(bench, { metric: 'report-cpu', unit: 'us' }, samples);
    return [
      {
        metric: 'report-cpu',
        unit: 'us',
        samples,
        judged: 'control-plane',
        floor: 'bare-orpc',
        limit: { kind: 'ratio-at-most', limit: 1.25 },
      },
    ];
  },
};
