import { search } from './explore/search.ts';
import { systemOf } from './explore/system.ts';
import { tellWay } from './explore/retrace.ts';
import { CONFIGURATIONS } from './explore/configurations.ts';
for (const configuration of CONFIGURATIONS) {
  const system = systemOf(configuration);
  const began = performance.now();
  const found = search(system, { mostStates: 1_000_000 });
  const seconds = (performance.now() - began) / 1000;
  console.log(configuration.name, { ...found, result: found.result.kind, seconds, rate: found.states / seconds , mem: process.memoryUsage().heapUsed/1e6});
  if (found.result.kind === 'violated') {
    console.log(found.result.violation);
    for (const told of tellWay(system, found.result.way)) console.log(told.at, told.what, '\n      ' + told.changed.join('\n      '));
  }
}
