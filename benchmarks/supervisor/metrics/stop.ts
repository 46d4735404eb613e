import { setTimeout as delay } from 'node:timers/promises';
import { sampleRounds } from '../sample-rounds.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

const CHILDREN = 20;
/** What each child takes to end: who ends them one after the other takes twenty times as long. */
const CHILD_STOP_MS = 200;
const SETTLE_MS = 500;

/** From the signal that makes a supervisor stop everything until it and all children have ended. */
export const stop: Metric<Bench> = {
  name: 'stop-20',
  about: `stopping ${CHILDREN} children that take ${CHILD_STOP_MS} ms each, and the supervisor`,
  rounds: 10,
  async measure(bench, rounds) {
    const samples = await sampleRounds(bench, {
      metric: 'stop-20',
      unit: 'ms',
      subjects: bench.subjects,
      rounds,
      async sample(subject) {
        const session = bench.open({ subject, count: CHILDREN, mode: ['slow-stop', String(CHILD_STOP_MS)] });
        try {
          await session.started(CHILDREN);
          await delay(SETTLE_MS);
          return (await session.stop()) / 1e6;
        } finally {
          await bench.close(session);
        }
      },
    });
    const limit = { kind: 'ratio-at-most', limit: 1.2 } as const;
    return [{ metric: 'stop-20', unit: 'ms', samples, judged: 'pidnap', floor: 'node', limit }];
  },
};
