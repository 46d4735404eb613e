import { defineSuite } from '../define-suite.ts';
import { openBench } from './bench.ts';
import { drain } from './metrics/drain.ts';
import { fleet } from './metrics/fleet.ts';
import { tickCpu } from './metrics/tick-cpu.ts';

/** The objects that watch machines, in workerd with storage on disk, against the least object that could. */
export const objectsSuite = defineSuite({
  name: 'objects',
  about: 'what it costs to watch a machine that is well, against the least object that could',
  metrics: [tickCpu(1000), drain(2000), fleet()],
  open: openBench,
});
