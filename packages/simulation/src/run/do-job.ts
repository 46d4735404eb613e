import type { Coverage } from '../check/coverage.ts';
import { specOfJob, type Done, type Job } from './job.ts';
import { runWorld } from './run-world.ts';

/** Runs the world of a job, and once more when its replay is to be compared. */
export function doJob(job: Job, coverage: Coverage): Done {
  const spec = specOfJob(job);
  const result = runWorld(spec, coverage);
  const newPairs = coverage.pairs.takeNew();
  const again = job.repeat ? runWorld(spec) : null;
  const isIdentical = again === null ? null : JSON.stringify(again) === JSON.stringify(result);
  return { seed: job.seed, result, isIdentical, newPairs };
}
