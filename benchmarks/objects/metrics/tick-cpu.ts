import type { Metric } from '../../metric.ts';
import { cpuNanoseconds } from '../../processes.ts';
import { saySpread } from '../../say-spread.ts';
import { startWorkerd } from '../../workerd.ts';
import { inParts, postJson, servedOf } from '../ask-worker.ts';
import type { Bench } from '../bench.ts';
import { namesDueWithin } from '../grid.ts';
import { startPlainHost } from '../plain-host.ts';

const SUBJECTS = ['machines', 'bare'] as const;
/** Half of it belongs to each subject: its alarms in the first seconds, then the end of its idle objects. */
const PERIOD_MS = 60_000;
/** workerd drops an object that was idle for 10 to 20 s. */
const ALARMS_WITHIN_MS = 8000;
/** Until the compilers of both isolates have done their work. */
const WARM_UP_ROUNDS = 2;

/**
 * Processor time of workerd for one healthy check of an object that is not in memory, beside an object that only
 * fetches once, inserts one row and wakes again. Both live in one process and take turns, each half of a minute.
 */
export function tickCpu(objects: number): Metric<Bench> {
  return {
    name: 'tick-cpu',
    about: `processor time of a healthy check, ${objects.toLocaleString('en')} objects out of memory`,
    rounds: 5,
    async measure(bench, rounds) {
      const host = await startPlainHost();
      try {
        const { pid, url } = await startWorkerd(bench.workerd(SUBJECTS, host.url));
        const names = namesDueWithin(objects, PERIOD_MS, ALARMS_WITHIN_MS);
        await inParts(names, (part) =>
          postJson(`${url('machines')}/seed`, { names: part, options: { intervalMs: PERIOD_MS } }),
        );
        await inParts(names, (part) =>
          postJson(url('bare'), { names: part, periodMs: PERIOD_MS, shiftMs: PERIOD_MS / 2 }),
        );
        const begin = nextPeriod(Date.now());
        bench.say(`tick-cpu: ${WARM_UP_ROUNDS + rounds} rounds of a minute, ${objects} objects of each kind`);
        const samples = new Map<string, number[]>(SUBJECTS.map((name) => [name, []]));
        for (let half = 0; half < 2 * (WARM_UP_ROUNDS + rounds); half++) {
          const subject = SUBJECTS[half % 2] ?? 'machines';
          await reached(begin + (half * PERIOD_MS) / 2 - 500);
          const before = cpuNanoseconds(pid);
          const servedBefore = await servedOf(url(subject), subject);
          await reached(begin + ((half + 1) * PERIOD_MS) / 2 - 1000);
          const served = (await servedOf(url(subject), subject)) - servedBefore;
          const spent = (cpuNanoseconds(pid) - before) / 1e6;
          if (served < objects * 0.9) bench.say(`!! ${subject}: ONLY ${served} ALARMS IN THIS ROUND !!`);
          if (half >= 2 * WARM_UP_ROUNDS) samples.get(subject)?.push(spent / served);
        }
        saySpread(bench, { metric: 'tick-cpu', unit: 'ms' }, samples);
        return [
          {
            metric: 'tick-cpu',
            unit: 'ms',
            samples,
            judged: 'machines',
            floor: 'bare',
            limit: { kind: 'ratio-at-most', limit: 1.4 },
          },
        ];
      } finally {
        await bench.kill();
        host.close();
      }
    },
  };
}

function nextPeriod(after: number): number {
  return Math.ceil(after / PERIOD_MS) * PERIOD_MS;
}

async function reached(time: number): Promise<void> {
  const ms = time - Date.now();
  if (ms > 0)
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
}
