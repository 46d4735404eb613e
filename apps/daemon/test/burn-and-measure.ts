import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { createCollectors } from '../src/collectors/collectors.ts';
import { createResourceMeter } from '../src/collectors/resource-meter.ts';

/** A program for a container: uses known amounts of everything, and writes what the collectors see every second. */
const MB = 1024 * 1024;
const memory = Buffer.alloc(64 * MB, 1);
// Cache that the kernel can have back, which counts as used neither for Docker nor for us.
writeFileSync('/tmp/cache', Buffer.alloc(32 * MB, 2));
readFileSync('/tmp/cache');
const descriptors = Array.from({ length: 100 }, () => openSync('/dev/null', 'r'));

const meter = createResourceMeter(createCollectors({ root: '/' }));
meter.point();
setInterval(() => {
  const figures = meter.point();
  process.stdout.write(`${JSON.stringify({ figures, kept: memory.length + descriptors.length })}\n`);
}, 1000);
// Two fifths of a processor, in short pieces: whatever window somebody looks through shows the same.
setInterval(() => {
  const end = performance.now() + 8;
  while (performance.now() < end);
}, 20);
