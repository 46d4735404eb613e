import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { readProcessTable } from '../src/shell/process-table.ts';
import { eventually, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc'];
const permitted = spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'true']).status === 0;
const hasTini = spawnSync('tini', ['--version']).status === 0;
if (!permitted)
  console.warn('SKIPPED: pid namespaces are not permitted here, pidnap as process 1 is not tested');
if (!hasTini) console.warn('SKIPPED: tini is not installed, reaping of orphans is not tested');

/** Leaves children behind that end later: each becomes a child of process 1. */
const ORPHANS = {
  command: [
    'sh',
    '-c',
    'for i in 1 2 3 4 5 6 7 8; do (setsid sleep 0.1 &); done; echo orphaned; exec sleep 1000',
  ],
  cwd: '/tmp',
};
const LIST: ProcessDefinitionInput = {
  command: ['ps', '-eo', 'pid=,stat=,comm='],
  cwd: '/tmp',
  restart: 'never',
  autostart: false,
};

let pidnap: TestPidnap;

async function listProcesses(): Promise<{ pid: number; zombie: boolean; name: string }[]> {
  const { runs } = await pidnap.client.restart({ name: 'list' });
  const { process: view } = await pidnap.client.wait({ name: 'list', until: 'completed', minRun: runs });
  const { lines } = await pidnap.client.logs({ name: 'list', since: view.queuedAt ?? 0, tail: 1000 });
  return lines
    .filter(({ stream }) => stream === 'stdout')
    .map(({ text }) => text.trim().split(/\s+/))
    .map(([pid, state, name]) => ({
      pid: Number(pid),
      zombie: state?.startsWith('Z') ?? false,
      name: name ?? '',
    }));
}

describe.skipIf(!permitted)('pidnap as process 1 of a pid namespace', () => {
  afterEach(() => pidnap.end());

  it.skipIf(!hasTini)('puts tini above itself: no zombies remain', async () => {
    pidnap = await startTestPidnap({ orphans: ORPHANS, list: LIST }, { wrap: UNSHARE });
    expect(await pidnap.client.info()).toMatchObject({ isPid1: false, orphanReaper: 'init' });
    await eventually(async () => {
      const found = await listProcesses();
      // Only the long sleep is left of nine: the orphans have ended, and somebody has reaped them.
      return found.filter(({ name }) => name === 'sleep').length === 1 && !found.some(({ zombie }) => zombie);
    });
    expect((await listProcesses()).find(({ pid }) => pid === 1)?.name).toBe('tini');
  });

  it.skipIf(!hasTini)('ends in order with code 0 on a SIGTERM to process 1', async () => {
    pidnap = await startTestPidnap({ orphans: ORPHANS }, { wrap: UNSHARE });
    await pidnap.client.wait({ name: 'orphans', until: 'running' });
    const processOne = readProcessTable().find(({ parent }) => parent === pidnap.child.pid);
    const ended = once(pidnap.child, 'exit');
    process.kill(processOne?.pid ?? 0, 'SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(pidnap.output()).toContain('stops everything on SIGTERM');
  });

  it('without an init says that orphans stay, supervises all the same, and ends on SIGTERM', async () => {
    const hide =
      'for f in /usr/bin/tini /sbin/tini /usr/bin/tini-static /sbin/docker-init /usr/bin/catatonit; do ' +
      'test -e $f && mount --bind /dev/null $(readlink -f $f); done; exec "$@"';
    pidnap = await startTestPidnap(
      { orphans: ORPHANS, list: LIST },
      { wrap: [...UNSHARE, 'sh', '-c', hide, 'sh'] },
    );
    expect(await pidnap.client.info()).toMatchObject({ isPid1: true, pid: 1, orphanReaper: 'none' });
    expect(pidnap.output()).toContain('found no init');
    // The control of the first test: Node as process 1 does not reap what it did not start.
    await eventually(async () => (await listProcesses()).filter(({ zombie }) => zombie).length === 8);
    const processOne = readProcessTable().find(({ parent }) => parent === pidnap.child.pid);
    const ended = once(pidnap.child, 'exit');
    process.kill(processOne?.pid ?? 0, 'SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
