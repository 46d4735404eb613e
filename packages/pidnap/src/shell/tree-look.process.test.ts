import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../test/pidnap-process.ts';
import type { Tree } from '../core/tree.ts';
import { readChildren, readProcessRow } from './process-table.ts';
import { scanTree } from './tree-look.ts';

const stranger = spawn('sh', ['-c', 'sleep 0 & exec sleep 1000'], { stdio: 'ignore' });
afterEach(async () => {
  const ended = once(stranger, 'exit');
  stranger.kill('SIGKILL');
  await ended;
});

it('a zombie that nobody reaps keeps no look at everybody from coming to rest', async () => {
  const pid = stranger.pid ?? 0;
  await eventually(() => readChildren(pid, 'first')?.some((child) => readProcessRow(child)?.zombie));
  const tree: Tree = {
    leader: 0,
    startTicks: readProcessRow(pid)?.startTicks ?? 0,
    mark: { instanceId: 'nobody', name: 'web', run: 1 },
    seen: new Map(),
    ownsNumber: () => false,
  };
  const zombies = new Set<number>();
  // One that was not there at the last look may have left a child.
  expect(scanTree(tree, new Set(), zombies).restless).toBe(true);
  // Others on the machine may come to their end at any time.
  await eventually(() => !scanTree(tree, new Set(), zombies).restless);
});
