import { sampleRounds } from '../sample-rounds.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

/** From just before the supervisor is executed until the last of `count` children runs. */
export function start(count: number, rounds: number): Metric<Bench> {
  const name = `start-${count}`;
  return {
    name,
    about: `from the start of the supervisor to that of the last of ${count} children`,
    rounds,
    async measure(bench, rounds) {
      const samples = await sampleRounds(bench, {
        metric: name,
        unit: 'ms',
        subjects: bench.subjects,
        rounds,
        async sample(subject) {
          const session = bench.open({ subject, count });
          try {
            const { at } = await session.started(count);
            return Number(at - session.launchedAt) / 1e6;
          } finally {
            await bench.close(session);
          }
        },
      });
      const limit = { kind: 'ratio-at-most', limit: 1.5 } as const;
      return [{ metric: name, unit: 'ms', samples, judged: 'pidnap', floor: 'node', limit }];
    },
  };
}
