/**
 * A program for the tests of trees: starts a run that leaves orphans in sessions of their own and ends, says what the tree
 * finds, kills it, and says what is left. To be run under another init, user or namespace than that of the tests.
 */
import { openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { procSupport, readProcessRow } from '../src/shell/process-table.ts';
import { RunTree, markVariables } from '../src/shell/process-tree.ts';
import { spawnRun } from '../src/shell/run-process.ts';

const mark = { instanceId: `hunt-${process.pid}`, name: 'web', run: 1 };
const output = openSync('/dev/null', 'w');
const { pid, startTicks, exited } = spawnRun({
  definition: {
    command: ['sh', '-c', process.argv[2] ?? '(setsid sleep 1000 & setsid sleep 1000 &); exit 0'],
    cwd: '/',
  },
  env: { PATH: process.env['PATH'] ?? '/bin:/usr/bin', ...markVariables(mark) },
  stdio: [output, output],
});
const tree = new RunTree({ leader: pid, startTicks, mark });
await exited;
const found = tree.members();
const parents = found.map((one) => readProcessRow(one)?.parent ?? null);
tree.kill();
const deadline = performance.now() + 10_000;
while (tree.members().length > 0 && performance.now() < deadline) await delay(5);
console.log(
  JSON.stringify({
    support: procSupport(),
    self: process.pid,
    parent: process.ppid,
    found: found.length,
    parents: [...new Set(parents)],
    left: tree.members().length,
  }),
);
