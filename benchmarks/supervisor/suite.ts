import { availableParallelism, loadavg } from 'node:os';
import { rowsOf } from '../row.ts';
import type { Suite } from '../suite.ts';
import { openBench } from './bench.ts';
import { crashLoop } from './metrics/crash-loop.ts';
import { idleCpu } from './metrics/idle-cpu.ts';
import { logFlood } from './metrics/log-flood.ts';
import { logThroughput } from './metrics/log-throughput.ts';
import { memory } from './metrics/memory.ts';
import type { Metric } from './metrics/metric.ts';
import { restart } from './metrics/restart.ts';
import { start } from './metrics/start.ts';
import { stop } from './metrics/stop.ts';

const SUITE = 'supervisor';
const METRICS: readonly Metric[] = [
  restart,
  crashLoop,
  start(20, 15),
  start(100, 7),
  stop,
  memory,
  logThroughput,
  logFlood,
  idleCpu,
];

/** pidnap against a bare supervisor in Node and in C, and against the supervisors that are installed. */
export const supervisorSuite: Suite = {
  name: SUITE,
  about: 'pidnap against the least that a supervisor can do, and against others',
  metrics: METRICS,
  async *run({ only, runs, pidnap, say }) {
    warnOfNoise(say);
    const { bench, tearDown } = await openBench({ pidnap, say });
    const interrupted = (signal: NodeJS.Signals) => {
      tearDown();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    const signals = ['SIGINT', 'SIGTERM'] as const;
    for (const signal of signals) process.once(signal, interrupted);
    const failures: unknown[] = [];
    try {
      for (const metric of METRICS) {
        if (only.length > 0 && !only.includes(metric.name)) continue;
        try {
          for (const measured of await metric.measure(bench, runs ?? metric.rounds)) {
            for (const row of rowsOf(measured)) yield { suite: SUITE, ...row };
          }
        } catch (error) {
          // The other metrics are still worth their minutes.
          say(`!! ${metric.name} COULD NOT BE MEASURED: ${String(error)} !!`);
          failures.push(error);
        }
      }
    } finally {
      for (const signal of signals) process.removeListener(signal, interrupted);
      tearDown();
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} metrics were not measured`);
  },
};

/** Ratios bear some load, because all subjects meet it; the figures themselves do not. */
function warnOfNoise(say: (line: string) => void): void {
  const processors = availableParallelism();
  const [load = 0] = loadavg();
  say(`load of the last minute: ${load.toFixed(2)} on ${processors} processors`);
  if (load > processors / 4) say('!! THE MACHINE IS BUSY WITH SOMETHING ELSE: THE FIGURES ARE NOISY !!');
}
