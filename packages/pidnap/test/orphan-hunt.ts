/**
 * A program for the tests of trees: starts a run that leaves orphans in sessions of their own and ends, says what the tree
 * finds, kills it, and says what is left. To be run under another init, user or namespace than that of the tests.
 */
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { procSupport, readProcessRow } from '../src/shell/process-table.ts';
import { RunTree, markVariables } from '../src/shell/process-tree.ts';
import { spawnRun } from '../src/shell/run-process.ts';

// Another user from here on, and not before: the repository may be closed to others.
const user = Number(process.env['HUNT_AS'] ?? 0);
if (user > 0) {
  process.setgroups?.([]);
  process.setgid?.(user);
  process.setuid?.(user);
}
const mark = { instanceId: `hunt-${process.pid}`, name: 'web', run: 1 };
const output = openSync('/dev/null', 'w');
const dir = mkdtempSync(join(tmpdir(), 'orphan-hunt-'));
/** Ends when both are there, in sessions of their own. */
const LEAVE_TWO = `
  for one in 1 2; do (setsid sh -c 'touch ${dir}/'$one'; while :; do sleep 1; done' &); done
  until [ -e ${dir}/1 ] && [ -e ${dir}/2 ]; do sleep 0.01; done`;
const { pid, startTicks, exited } = spawnRun({
  definition: {
    command: ['sh', '-c', process.argv[2] ?? LEAVE_TWO],
    cwd: '/',
  },
  env: { PATH: process.env['PATH'] ?? '/bin:/usr/bin', ...markVariables(mark) },
  stdio: [output, output],
});
const tree = new RunTree({ leader: pid, startTicks: startTicks(), mark });
await exited;
const found = tree.members();
const sessions = found.map((one) => readProcessRow(one)?.session);
const parents = found.map((one) => readProcessRow(one)?.parent ?? null);
const deadline = performance.now() + 10_000;
while (tree.members().length > 0 && performance.now() < deadline) {
  tree.kill();
  await delay(5);
}
rmSync(dir, { recursive: true });
console.log(
  JSON.stringify({
    support: procSupport(),
    self: process.pid,
    parent: process.ppid,
    found: found.length,
    sessions: new Set(sessions).size,
    parents: [...new Set(parents)],
    left: tree.members().length,
  }),
);
