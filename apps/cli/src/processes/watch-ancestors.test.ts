import { expect, test } from 'vitest';
import type { ProcessEntry } from './process-table.ts';
import { watchedAncestors } from './watch-ancestors.ts';

const BOOTSTRAP = '/usr/bin/node scripts/bootstrap.mjs apps/cli/src/start/main.ts';

/** A chain of processes, the outermost first: pids 10, 20, 30 and so on; the last is this process. */
function chain(...commands: string[]): { entries: ProcessEntry[]; self: number } {
  const entries = commands.map((command, index) => ({
    pid: (index + 1) * 10,
    parent: index * 10 || 1,
    startMark: 'x',
    state: 'S',
    command,
    environment: [],
  }));
  return { entries, self: commands.length * 10 };
}

test.each([
  [
    'npm',
    ['bash', 'npm start', 'sh -c node scripts/bootstrap.mjs x', BOOTSTRAP, 'node main.ts'],
    [40, 30, 20],
  ],
  ['npm whose shell went away', ['bash', 'npm start', BOOTSTRAP, 'node main.ts'], [30, 20]],
  ['pnpm', ['bash', 'node /opt/pnpm.cjs start', BOOTSTRAP, 'node main.ts'], [30, 20]],
  ['the bootstrap script by hand', ['bash', BOOTSTRAP, 'node main.ts'], [20]],
  ['node by hand: its shell may well go first', ['bash -c npm start', 'node main.ts'], []],
])('started by %s', (_, commands, expected) => {
  const { entries, self } = chain(...commands);
  expect(watchedAncestors(entries, self).map(({ pid }) => pid)).toEqual(expected);
});
