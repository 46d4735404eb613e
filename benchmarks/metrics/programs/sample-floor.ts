// The least that reads and parses the same files (arguments): open descriptors, one buffer, and of each file only the
// numbers that matter. For each line of stdin, the microseconds of one round, over as many as the line says.
import { openSync, readSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const buffer = Buffer.allocUnsafeSlow(64 * 1024);

function after(text: string, word: string): number {
  return parseInt(text.slice(text.indexOf(word) + word.length), 10);
}

/** What is parsed of a file, by its name; of any other one: its first number. */
const PARSE: Record<string, (text: string) => number> = {
  stat: (text) =>
    text
      .slice(5, text.indexOf('\n'))
      .split(' ')
      .reduce((sum, field) => sum + Number(field), 0),
  meminfo: (text) => after(text, 'MemTotal:') - after(text, 'MemAvailable:'),
  dev: (text) =>
    text
      .split('\n')
      .slice(2)
      .reduce((sum, line) => {
        const fields = line.trim().split(/\s+/);
        return sum + Number(fields[1] ?? 0) + Number(fields[9] ?? 0);
      }, 0),
  pressure: (text) => after(text, 'total='),
  'memory.stat': (text) => after(text, 'inactive_file '),
};

const files = process.argv.slice(2).map((file) => ({
  descriptor: openSync(file, 'r'),
  parse: PARSE[file.includes('pressure') ? 'pressure' : path.basename(file)] ?? parseFloat,
}));

function sample(): number {
  let sum = statfsSync('/').bfree;
  for (const { descriptor, parse } of files)
    sum += parse(buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0)));
  return sum;
}

for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  const from = performance.now();
  for (let index = 0; index < count; index++) sample();
  console.log(((performance.now() - from) * 1000) / count);
}
