import type { Metric } from '../../metric.ts';
import { saySpread } from '../../say-spread.ts';
import { interleave } from '../../statistics.ts';
import { restartWorkerd, startWorkerd, type RunningWorkerd, type WorkerdOptions } from '../../workerd.ts';
import { inParts, postJson, servedOf } from '../ask-worker.ts';
import type { Bench } from '../bench.ts';
import { startPlainHost } from '../plain-host.ts';

const SUBJECTS = ['machines', 'bare'] as const;
type Subject = (typeof SUBJECTS)[number];

/** Until the file system has seen every object once. */
const WARM_UP_ROUNDS = 1;
/** Nobody needs longer, even on a machine that is busy. */
const PATIENCE_MS = 120_000;

/**
 * How long it takes until everybody was looked at whose alarm came due while nothing ran: workerd starts again on
 * objects whose alarms all lie in the past. Each subject has a workerd of its own, one after the other.
 */
export function drain(objects: number, periodMs = 20_000): Metric<Bench> {
  return {
    name: 'drain',
    about: `time until ${objects.toLocaleString('en')} alarms are served that are due at once`,
    rounds: 3,
    async measure(bench, rounds) {
      const host = await startPlainHost();
      try {
        const options: Record<Subject, WorkerdOptions> = {
          machines: bench.workerd(['machines'], host.url),
          bare: bench.workerd(['bare'], host.url),
        };
        const names = Array.from({ length: objects }, (_, number) => `bench.m-${number}.1`);
        for (const subject of SUBJECTS) {
          const { url } = await startWorkerd(options[subject]);
          await inParts(names, (part) => seed(subject, url(subject), part, periodMs));
          await bench.kill();
        }
        bench.say(`drain: ${WARM_UP_ROUNDS + rounds} rounds of ${objects} objects of each kind`);
        const samples = new Map<string, number[]>(SUBJECTS.map((name) => [name, []]));
        for (const [index, subject] of interleave(SUBJECTS, WARM_UP_ROUNDS + rounds).entries()) {
          // A check lies half an interval to one and a half after the one before it.
          await passed(periodMs * 1.5 + 500);
          const workerd = await restartWorkerd(options[subject]);
          const ms = await timeToServe(subject, workerd, objects);
          await bench.kill();
          if (index >= WARM_UP_ROUNDS * SUBJECTS.length) samples.get(subject)?.push(ms);
        }
        saySpread(bench, { metric: 'drain', unit: 'ms' }, samples);
        return [
          {
            metric: 'drain',
            unit: 'ms',
            samples,
            judged: 'machines',
            floor: 'bare',
            limit: { kind: 'ratio-at-most', limit: 2 },
          },
        ];
      } finally {
        await bench.kill();
        host.close();
      }
    },
  };
}

function seed(subject: Subject, url: string, names: readonly string[], periodMs: number): Promise<void> {
  return subject === 'machines'
    ? postJson(`${url}/seed`, { names, options: { intervalMs: periodMs } })
    : postJson(url, { names, periodMs, shiftMs: 0 });
}

async function timeToServe(subject: Subject, { url }: RunningWorkerd, objects: number): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < PATIENCE_MS) {
    if ((await servedOf(url(subject), subject)) >= objects) return performance.now() - start;
    await passed(20);
  }
  throw new Error(`${subject}: not all of ${objects} alarms were served within ${PATIENCE_MS} ms`);
}

async function passed(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
