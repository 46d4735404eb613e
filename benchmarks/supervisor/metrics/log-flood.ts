import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../../statistics.ts';
import { bytesWritten, memoryOf, peakResident } from '../../processes.ts';
import { saySpread } from '../../say-spread.ts';
import { pidnapSocket } from '../subjects/pidnap.ts';
import type { Subject } from '../subjects/subject.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

const SETTLE_MS = 3000;
const FLOOD_MS = 5000;
/** Between two requests, so that they are a reader and no second flood. */
const ASK_EVERY_MS = 10;
/** Less is no flood. */
const FLOOD_BYTES = 10_000_000;
const MEBIBYTE = 1024 ** 2;

/**
 * What a child that writes without end does to pidnap, with its default bounds on logs: how far its resident memory
 * rises over that before the flood, and how long the API takes to answer meanwhile.
 */
export const logFlood: Metric<Bench> = {
  name: 'log-flood-memory',
  about: 'growth of resident memory, and answers of the API, while a child floods its output',
  rounds: 3,
  async measure(bench, rounds) {
    const pidnap = bench.subjects.find(({ name }) => name === 'pidnap');
    if (pidnap === undefined) throw new Error('there is no pidnap');
    bench.say(`log-flood-memory: ${rounds} rounds of ${FLOOD_MS / 1000} s`);
    const rounded: Flood[] = [];
    for (let round = 0; round < rounds; round++) rounded.push(await flood(bench, pidnap));
    const figure = (metric: string, unit: string, of: (flood: Flood) => number) => {
      const samples = new Map([['pidnap', rounded.map(of)]]);
      saySpread(bench, { metric, unit }, samples);
      return { metric, unit, samples, judged: 'pidnap' };
    };
    return [
      {
        ...figure('log-flood-memory', 'MiB', ({ growth }) => growth),
        limit: { kind: 'value-at-most', limit: 32 },
      },
      figure('log-flood-healthz-p50', 'ms', ({ answers }) => quantile(answers, 0.5)),
      figure('log-flood-healthz-p99', 'ms', ({ answers }) => quantile(answers, 0.99)),
    ];
  },
};

/** `growth` in MiB, `answers` in milliseconds. */
type Flood = { growth: number; answers: number[] };

async function flood(bench: Bench, subject: Subject): Promise<Flood> {
  const session = bench.open({ subject, count: 1, mode: ['flood-on-signal'], inMemory: true });
  const agent = new Agent({ keepAlive: true });
  try {
    const { pid } = await session.started(1);
    await delay(SETTLE_MS);
    const before = memoryOf(session.mainPid).resident;
    writeFileSync(`/proc/${session.mainPid}/clear_refs`, '5'); // forgets the peak
    process.kill(pid, 'SIGUSR1');
    const end = Date.now() + FLOOD_MS;
    const answers: number[] = [];
    while (Date.now() < end) {
      answers.push(await timeToAnswer(agent, pidnapSocket(session.folder)));
      await delay(ASK_EVERY_MS);
    }
    const written = bytesWritten(pid);
    if (written < FLOOD_BYTES) throw new Error(`the child wrote only ${written} bytes: no flood`);
    return { growth: (peakResident(session.mainPid) - before) / MEBIBYTE, answers };
  } finally {
    agent.destroy();
    await bench.close(session);
  }
}

function timeToAnswer(agent: Agent, socketPath: string): Promise<number> {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request({ agent, socketPath, path: '/healthz', timeout: 10_000 }, (response) => {
      response.on('error', reject);
      response.on('end', () => resolve(performance.now() - from)).resume();
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer from /healthz')));
    asked.on('error', reject).end();
  });
}
