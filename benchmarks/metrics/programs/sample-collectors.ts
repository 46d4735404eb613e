// The daemon's collectors. First line: the files that they read in every sample. Then, for each line of stdin, the microseconds of
// one sample, over as many as the line says.
import { readdirSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createCollectors } from '../../../apps/daemon/src/collectors/collectors.ts';

const collectors = createCollectors({ root: '/' });
collectors.sample();
const files = readdirSync('/proc/self/fd').flatMap((descriptor) => {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return []; // the descriptor of the listing itself
  }
});
const kernel = files.filter((file) => /^\/(?:proc|sys)\//.test(file));
// Those by which open files are counted are read once a minute.
const everyTime = kernel.filter((file) => !/file-nr$|cgroup\.procs$/.test(file));
console.log(JSON.stringify(everyTime.map((file) => file.replace(`/proc/${process.pid}/`, '/proc/self/'))));

for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  const from = performance.now();
  for (let index = 0; index < count; index++) collectors.sample();
  console.log(((performance.now() - from) * 1000) / count);
}
