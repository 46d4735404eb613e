// Type-checks every program of the workspace, or those of the parts that are named: `npm run typecheck -- core daemon`.
import { availableParallelism } from 'node:os';
import { globSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

const root = path.resolve(import.meta.dirname, '..');
const parts = process.argv.slice(2);

const programs = [
  'tsconfig.json',
  'fuzz/tsconfig.json',
  'grafana/tsconfig.json',
  ...globSync('benchmarks/*/workers/tsconfig.json', { cwd: root }).toSorted(),
  ...globSync('{apps,packages}/*/tsconfig*.json', { cwd: root }).toSorted(),
].filter((program) => parts.length === 0 || parts.some((part) => program.split('/').includes(part)));
if (programs.length === 0) {
  console.error(`no such part: ${parts.join(', ')}`);
  process.exit(2);
}

const queue = [...programs];
let failed = 0;
await Promise.all(Array.from({ length: availableParallelism() }, checkNext));
if (failed > 0) console.error(`${failed} of ${programs.length} programs do not type-check`);
process.exitCode = failed === 0 ? 0 : 1;

async function checkNext(): Promise<void> {
  for (let program = queue.shift(); program !== undefined; program = queue.shift()) {
    const tsc = execa({ cwd: root, reject: false, all: true, node: true });
    const { exitCode, all } = await tsc`node_modules/typescript/bin/tsc --project ${program} --pretty false`;
    if (exitCode === 0) continue;
    failed += 1;
    console.error(`-- ${program}\n${all}`);
  }
}
