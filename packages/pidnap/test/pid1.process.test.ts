import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { SHELL_INIT } from '../src/core/shell-init.ts';
import { readProcessTable } from '../src/shell/process-table.ts';
import { eventually, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc'];
const permitted = spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'true']).status === 0;
const hasTini = spawnSync('tini', ['--version']).status === 0;
const hasBash = spawnSync('bash', ['-c', 'true']).status === 0;
if (!permitted)
  console.warn('SKIPPED: pid namespaces are not permitted here, pidnap as process 1 is not tested');
if (!hasTini) console.warn('SKIPPED: tini is not installed, pidnap below it is not tested');

/** Shells of the common images: Debian's, Fedora's and Alpine's. */
const SHELLS = ['dash', 'bash', 'busybox sh'].filter((shell) => {
  const [file = '', ...args] = shell.split(' ');
  const isThere = spawnSync(file, [...args, '-c', 'true']).status === 0;
  if (!isThere) console.warn(`SKIPPED: ${shell} is not installed, it is not tested as process 1`);
  return isThere;
});

/** Leaves children behind that end later: each becomes a child of process 1. */
const orphans = (shell: string): ProcessDefinitionInput => ({
  command: [
    shell,
    '-c',
    'for i in 1 2 3 4 5 6 7 8; do (setsid sleep 0.1 &); done; echo orphaned; exec sleep 1000',
  ],
  cwd: '/tmp',
});

/** Runs a command in a mount namespace of its own in which these files are empty and cannot be run. */
const hiding = (files: string): string[] => [
  ...UNSHARE,
  'bash',
  '-c',
  `for f in ${files}; do test -e $f && mount --bind /dev/null $(readlink -f $f); done; exec "$@"`,
  'bash',
];
const INITS = '/usr/bin/tini /sbin/tini /usr/bin/tini-static /sbin/docker-init /usr/bin/catatonit';

/** The process that is number 1 where pidnap is, as it is numbered here. */
function processOne(pidnap: TestPidnap): number {
  return eventuallyChild(pidnap.child.pid ?? 0);
}

function eventuallyChild(parent: number): number {
  const row = readProcessTable().find((one) => one.parent === parent);
  if (!row) throw new Error('process 1 is gone');
  return row.pid;
}

/** Everything in the pid namespace of a process. */
function namespaceOf(pid: number): { pid: number; zombie: boolean; name: string }[] {
  const namespace = readlinkSync(`/proc/${pid}/ns/pid`);
  return readProcessTable().flatMap((row) => {
    try {
      if (readlinkSync(`/proc/${row.pid}/ns/pid`) !== namespace) return [];
      const name = readFileSync(`/proc/${row.pid}/comm`, 'utf8').trim();
      return [{ pid: row.pid, zombie: row.zombie, name }];
    } catch {
      // Ended while it was looked at.
      return [];
    }
  });
}

/** Only the long sleep is left of nine: the orphans have ended, and somebody has reaped them. */
function areReaped(pid: number): boolean {
  const found = namespaceOf(pid);
  return found.filter(({ name }) => name === 'sleep').length === 1 && !found.some(({ zombie }) => zombie);
}

let pidnap: TestPidnap;

describe.skipIf(!permitted)('pidnap as process 1 of a pid namespace', () => {
  afterEach(() => pidnap.end());

  it.skipIf(!hasTini)('puts tini above itself: no zombies remain', async () => {
    pidnap = await startTestPidnap({ orphans: orphans('sh') }, { wrap: UNSHARE });
    expect(await pidnap.client.info()).toMatchObject({ isPid1: false, orphanReaper: 'init' });
    expect(namespaceOf(processOne(pidnap))[0]?.name).toBe('tini');
    await eventually(async () => (await pidnap.linesOf('orphans')).includes('orphaned'));
    await eventually(() => areReaped(processOne(pidnap)));
  });

  it.skipIf(!hasTini)('ends in order with code 0 on a SIGTERM to process 1', async () => {
    pidnap = await startTestPidnap({ orphans: orphans('sh') }, { wrap: UNSHARE });
    await pidnap.client.wait({ name: 'orphans', until: 'running' });
    const ended = once(pidnap.child, 'exit');
    process.kill(processOne(pidnap), 'SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(pidnap.output()).toContain('stops everything on SIGTERM');
  });

  it.skipIf(!hasBash)(
    'without an init has a shell as process 1, which reaps and hands signals on',
    async () => {
      pidnap = await startTestPidnap({ orphans: orphans('sh') }, { wrap: hiding(INITS) });
      expect(await pidnap.client.info()).toMatchObject({ isPid1: false, orphanReaper: 'init' });
      await eventually(async () => (await pidnap.linesOf('orphans')).includes('orphaned'));
      await eventually(() => areReaped(processOne(pidnap)));
      const ended = once(pidnap.child, 'exit');
      process.kill(processOne(pidnap), 'SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(pidnap.output()).toContain('stops everything on SIGTERM');
    },
  );

  it.skipIf(!hasBash)('ends a container with the code of the process that it runs for', async () => {
    const go = scratchPath('go');
    const job: ProcessDefinitionInput = {
      command: ['sh', '-c', `while ! test -e ${go}; do sleep 0.02; done; exit 7`],
      cwd: '/tmp',
      restart: 'never',
    };
    pidnap = await startTestPidnap({ job }, { wrap: hiding(INITS), config: { exitWith: 'job' } });
    const ended = once(pidnap.child, 'exit');
    spawnSync('touch', [go]);
    expect(await ended).toEqual([7, null]);
  });

  it.skipIf(!hasBash)('counts its boot from process 1 on, and tells no child of it', async () => {
    const before = Date.now();
    const print: ProcessDefinitionInput = {
      command: ['env'],
      cwd: '/tmp',
      restart: 'never',
      inheritEnv: ['PIDNAP_ENTRYPOINT_AT'],
    };
    pidnap = await startTestPidnap({ print }, { wrap: hiding(INITS) });
    const { boot, startedAt } = await pidnap.client.info();
    expect(boot.entrypointAt).toBeGreaterThanOrEqual(before - 1);
    // In between are the end of one Node and the start of another.
    expect(boot.entrypointAt).toBeLessThan(startedAt);
    await pidnap.client.wait({ name: 'print', until: 'completed' });
    expect((await pidnap.linesOf('print')).join('\n')).not.toContain('ENTRYPOINT');
  });

  it.skipIf(!hasBash || realpathSync('/bin/sh').endsWith('bash'))(
    'without an init and a shell says that orphans stay, supervises all the same, and ends on SIGTERM',
    async () => {
      pidnap = await startTestPidnap({ orphans: orphans('bash') }, { wrap: hiding(`${INITS} /bin/sh`) });
      expect(await pidnap.client.info()).toMatchObject({ isPid1: true, pid: 1, orphanReaper: 'none' });
      expect(pidnap.output()).toContain('found no init (tini) and no /bin/sh');
      // The control of the tests above: Node as process 1 does not reap what it did not start.
      await eventually(() => namespaceOf(processOne(pidnap)).filter(({ zombie }) => zombie).length === 8);
      const ended = once(pidnap.child, 'exit');
      process.kill(processOne(pidnap), 'SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );
});

describe.skipIf(!permitted).each(SHELLS)('a shell as process 1: %s', (shell) => {
  const start = (program: string) => {
    const args = [
      ...UNSHARE.slice(1),
      ...shell.split(' '),
      '-c',
      SHELL_INIT,
      'pidnap-init',
      process.execPath,
      '-e',
      program,
    ];
    const child = spawn(UNSHARE[0] ?? '', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += String(chunk)));
    const ended = once(child, 'close');
    return {
      child,
      output: () => output,
      async end(): Promise<unknown> {
        const [code, signal] = (await ended) as [number | null, string | null];
        return code ?? signal;
      },
      async says(text: string): Promise<void> {
        await eventually(
          () => output.includes(text),
          () => `${text} in: ${output}`,
        );
      },
      one: () => eventuallyChild(child.pid ?? 0),
    };
  };
  const ON_SIGNALS = `
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'])
      process.on(signal, () => console.log('got ' + signal));
    setInterval(() => {}, 1000);`;

  it('hands on every signal, one after the other, and goes on', async () => {
    const init = start(`${ON_SIGNALS} process.stdin.on('data', () => process.exit(7)); console.log('ready')`);
    await init.says('ready');
    for (const signal of [
      'SIGINT',
      'SIGHUP',
      'SIGQUIT',
      'SIGUSR1',
      'SIGUSR2',
      'SIGWINCH',
      'SIGTERM',
    ] as const) {
      process.kill(init.one(), signal);
      await init.says(`got ${signal}`);
    }
    // Standard input is that of the container.
    init.child.stdin.end('end');
    expect(await init.end()).toBe(7);
  });

  it('ends with the code of the child, also when a signal came at the same time', async () => {
    for (let code = 0; code < 5; code++) {
      const init = start(
        `process.on('SIGTERM', () => process.exit(${code})); setInterval(() => {}, 1000); console.log('ready')`,
      );
      await init.says('ready');
      const one = init.one();
      process.kill(one, 'SIGTERM');
      expect(await init.end()).toBe(code);
    }
  });

  it('ends with 128 + the signal that killed the child', async () => {
    expect(await start(`process.kill(process.pid, 'SIGKILL')`).end()).toBe(137);
    const init = start(`setInterval(() => {}, 1000); console.log('ready')`);
    await init.says('ready');
    process.kill(init.one(), 'SIGTERM');
    expect(await init.end()).toBe(143);
  });

  it('reaps what the kernel hands to process 1, and says when the program is not there', async () => {
    const init = start(`
      const { spawnSync } = require('node:child_process');
      for (let i = 0; i < 20; i++) spawnSync('sh', ['-c', '(setsid sleep 0.05 & setsid sleep 0.1 &)']);
      process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('ready')`);
    await init.says('ready');
    const one = init.one();
    await eventually(
      () => namespaceOf(one).length === 2,
      () => JSON.stringify(namespaceOf(one)),
    );
    process.kill(one, 'SIGTERM');
    expect(await init.end()).toBe(0);
    const [file = '', ...args] = [
      ...UNSHARE,
      ...shell.split(' '),
      '-c',
      SHELL_INIT,
      'pidnap-init',
      '/no/such/node',
    ];
    expect(spawnSync(file, args).status).toBe(127);
  });
});
