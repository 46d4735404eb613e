import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../../statistics.ts';
import { sampleRounds } from '../sample-rounds.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

/** Long enough for several starts of a supervisor that waits a second between them. */
const WATCH_MS = 3000;
const FIRST_START_MS = 30_000;

/**
 * The gap between two starts of a child that ends as soon as it has started, where the configuration asks for no delay:
 * what a supervisor costs a machine when a program is broken, and how much it protects by itself.
 */
export const crashLoop: Metric<Bench> = {
  name: 'crash-loop',
  about: 'gap between the starts of a child that ends at once (informs)',
  rounds: 3,
  async measure(bench, rounds) {
    const samples = await sampleRounds(bench, {
      metric: 'crash-loop',
      unit: 'ms',
      subjects: bench.subjects,
      rounds,
      async sample(subject) {
        const session = bench.open({ subject, count: 1, mode: ['exit'] });
        try {
          await session.started(1, FIRST_START_MS);
          await delay(WATCH_MS);
          const { starts } = session.reports;
          const gaps = starts.slice(1).map(({ at }, index) => Number(at - (starts[index]?.at ?? at)) / 1e6);
          if (gaps.length === 0) throw new Error(`only one start within ${WATCH_MS} ms`);
          return median(gaps);
        } finally {
          await bench.close(session);
        }
      },
    });
    return [{ metric: 'crash-loop', unit: 'ms', samples, judged: 'pidnap', floor: 'node-piped' }];
  },
};
