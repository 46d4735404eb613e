import { defineSuite } from '../define-suite.ts';
import { openBench } from './bench.ts';
import { daemon } from './metrics/daemon.ts';
import { engineIngest } from './metrics/engine-ingest.ts';
import { engineQuery } from './metrics/engine-query.ts';
import { reportCpu } from './metrics/report-cpu.ts';
import { sample } from './metrics/sample.ts';

/** The way of a measurement: taken in the machine, reported, stored, asked for. */
export const metricsSuite = defineSuite({
  name: 'metrics',
  about: 'what it costs to measure, report, store and ask, against the least that could do it',
  metrics: [sample, daemon, reportCpu, engineIngest, engineQuery(200_000)],
  open: openBench,
});
