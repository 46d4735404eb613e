/** A thread that runs worlds, one after the other, as it is told. */
import { parentPort } from 'node:worker_threads';
import { Coverage } from '../check/coverage.ts';
import { doJob } from './do-job.ts';
import type { FromWorker, ToWorker } from './job.ts';

const coverage = new Coverage();
const startedAt = process.threadCpuUsage();

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'run') return send({ kind: 'done', done: doJob(message.job, coverage) });
  const { user, system } = process.threadCpuUsage(startedAt);
  const seen = {
    probes: coverage.probes.entries(),
    tally: coverage.tally.entries(),
    cpuMs: (user + system) / 1000,
  };
  send({ kind: 'seen', seen });
  parentPort?.close();
});

function send(message: FromWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  parentPort?.postMessage(message);
}
