import { availableParallelism, loadavg } from 'node:os';
import type { Metric } from './metric.ts';
import { rowsOf } from './row.ts';
import type { Run, Suite } from './suite.ts';

/** What a suite holds while it measures, and what takes it down: at once, safe to repeat. */
export type OpenBench<Bench> = { bench: Bench; tearDown: () => void };

/**
 * A suite of metrics that share one bench. A metric that cannot be measured does not keep the others from it; what
 * the bench holds is taken down also when the run is left early or interrupted.
 */
export function defineSuite<Bench>({
  name,
  about,
  metrics,
  open,
}: {
  name: string;
  about: string;
  metrics: readonly Metric<Bench>[];
  open: (run: Run) => Promise<OpenBench<Bench>>;
}): Suite {
  return {
    name,
    about,
    metrics,
    async *run(run) {
      const { only, runs, say } = run;
      const chosen = metrics.filter((metric) => only.length === 0 || only.includes(metric.name));
      if (chosen.length === 0) return;
      warnOfNoise(say);
      const { bench, tearDown } = await open(run);
      const interrupted = (signal: NodeJS.Signals) => {
        tearDown();
        process.exit(signal === 'SIGINT' ? 130 : 143);
      };
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.once(signal, interrupted);
      const failures: unknown[] = [];
      try {
        for (const metric of chosen) {
          try {
            for (const measured of await metric.measure(bench, runs ?? metric.rounds)) {
              for (const row of rowsOf(measured)) yield { suite: name, ...row };
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
}

/** Ratios bear some load, because all subjects meet it; the figures themselves do not. */
function warnOfNoise(say: (line: string) => void): void {
  const processors = availableParallelism();
  const [load = 0] = loadavg();
  say(`load of the last minute: ${load.toFixed(2)} on ${processors} processors`);
  if (load > processors / 4) say('!! THE MACHINE IS BUSY WITH SOMETHING ELSE: THE FIGURES ARE NOISY !!');
}
