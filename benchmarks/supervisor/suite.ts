import { defineSuite } from '../define-suite.ts';
import { openBench } from './bench.ts';
import { crashLoop } from './metrics/crash-loop.ts';
import { idleCpu } from './metrics/idle-cpu.ts';
import { logFlood } from './metrics/log-flood.ts';
import { logThroughput } from './metrics/log-throughput.ts';
import { memory } from './metrics/memory.ts';
import { restart } from './metrics/restart.ts';
import { start } from './metrics/start.ts';
import { stop } from './metrics/stop.ts';

/** pidnap against a bare supervisor in Node and in C, and against the supervisors that are installed. */
export const supervisorSuite = defineSuite({
  name: 'supervisor',
  about: 'pidnap against the least that a supervisor can do, and against others',
  metrics: [restart, crashLoop, start(20, 15), start(100, 7), stop, memory, logThroughput, logFlood, idleCpu],
  open: openBench,
});
