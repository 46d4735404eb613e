import { randomUUID } from 'node:crypto';
import { keptOutputEndsWith } from '../kept-output.ts';
import { sampleRounds } from '../sample-rounds.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

const BYTES = 1_000_000_000;
/** Some peers are ten times slower; a rate needs no gigabyte. */
const PEER_BYTES = 300_000_000;
const WITHIN_MS = 120_000;

/**
 * Bytes per second from the start of a child that writes as fast as it can until its last line is in the supervisor's
 * files. In memory, where there is room: it is the supervisor that is measured, not the disk.
 */
export const logThroughput: Metric<Bench> = {
  name: 'log-throughput',
  about: 'bytes per second of output that are kept (more is better)',
  rounds: 5,
  async measure(bench, rounds) {
    const samples = await sampleRounds(bench, {
      metric: 'log-throughput',
      unit: 'MB/s',
      subjects: bench.subjects.filter(({ keepsOutput }) => keepsOutput),
      rounds,
      async sample(subject) {
        const bytes = subject.required ? BYTES : PEER_BYTES;
        const marker = `the last line is ${randomUUID()}`;
        const mode = ['flood', String(bytes), marker.replaceAll(' ', '-')];
        const session = bench.open({ subject, count: 1, mode, keepOutput: true, inMemory: true });
        try {
          const { at } = await session.started(1);
          await keptOutputEndsWith(session.plan.logFolder ?? session.folder, mode[2] ?? '', WITHIN_MS);
          return bytes / 1e6 / (Number(process.hrtime.bigint() - at) / 1e9);
        } finally {
          await bench.close(session);
        }
      },
    });
    const limit = { kind: 'ratio-at-least', limit: 0.5 } as const;
    return [
      { metric: 'log-throughput', unit: 'MB/s', samples, judged: 'pidnap', floor: 'node-piped', limit },
    ];
  },
};
