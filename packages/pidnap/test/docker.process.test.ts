import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundlePidnap } from '../scripts/bundle.ts';
import { createPidnapClient, type PidnapClient } from '../src/client.ts';
import type { PidnapConfigInput } from '../src/contract/config.ts';
import { eventually } from './pidnap-process.ts';

const IMAGE = 'node:24-bookworm-slim';
/** Docker's own default is 10 s; a container that does not end by then is killed and has code 137. */
const STOP_S = 10;

const wanted = process.env['FETTLE_DOCKER'] === '1';
if (!wanted) {
  process.stderr.write(
    '\n*** SKIPPED: pidnap in a container was NOT tested (FETTLE_DOCKER=1 runs these tests) ***\n\n',
  );
}

/** The ways in which a container gets its process 1. Official images have no tini; where one is, it is covered. */
const INITS: Record<string, string[]> = {
  'with `docker run --init`': ['--init'],
  'without any init': ['--volume', '/dev/null:/usr/bin/tini:ro'],
};

/** Leaves eight processes behind that end a little later; each is handed to process 1. */
const ORPHANS = 'for i in 1 2 3 4 5 6 7 8; do (setsid sleep 0.2 &); done; echo orphaned; exec sleep 1000';

describe.runIf(wanted)('pidnap in a container', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pidnap-docker-'));
  const program = join(folder, 'pidnap.cjs');
  const containers: Container[] = [];
  beforeAll(() => bundlePidnap(program));
  afterEach(() => {
    for (const { id } of containers.splice(0)) docker('rm', '--force', '--volumes', id);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  interface Container {
    readonly id: string;
    readonly client: PidnapClient;
  }

  /** Starts pidnap as the program of a container; its socket is reached through a folder that both sides have. */
  async function start(config: Omit<PidnapConfigInput, 'stateDir'>, options: string[]): Promise<Container> {
    const shared = mkdtempSync(join(folder, 'machine-'));
    writeFileSync(join(shared, 'pidnap.json'), JSON.stringify({ stateDir: '/machine/state', ...config }));
    const volumes = ['--volume', `${program}:/opt/pidnap.cjs:ro`, '--volume', `${shared}:/machine`];
    const command = ['node', '/opt/pidnap.cjs', 'run', '--config', '/machine/pidnap.json'];
    const id = docker('run', '--detach', ...volumes, ...options, IMAGE, ...command);
    const client = createPidnapClient({ socketPath: join(shared, 'state', 'pidnap.sock') });
    const container = { id, client };
    containers.push(container);
    await eventually(
      () => client.info().catch(() => undefined),
      () => docker('logs', id),
    );
    return container;
  }

  describe.each(Object.entries(INITS))('%s', (_how, init) => {
    it('is a child of process 1, which reaps orphans, and `docker stop` ends all in order', async () => {
      const { id, client } = await start({ processes: { web: { command: ORPHANS, cwd: '/' } } }, init);
      expect(await client.info()).toMatchObject({ isPid1: false, orphanReaper: 'init' });
      await eventually(async () =>
        (await client.logs({ name: 'web' })).lines.some(({ text }) => text === 'orphaned'),
      );
      await eventually(
        () => sleepers(id).length === 1,
        () => JSON.stringify(sleepers(id)),
      );
      const before = performance.now();
      docker('stop', '--time', String(STOP_S), id);
      expect(performance.now() - before).toBeLessThan(STOP_S * 1000);
      expect(exitOf(id)).toEqual({ code: 0, oom: false });
      expect(docker('logs', id)).toContain('pidnap stops everything on SIGTERM');
    });

    it('ends the container with the code of the process that it runs for', async () => {
      const job = {
        command: 'while ! test -e /machine/go; do sleep 0.05; done; exit 7',
        cwd: '/',
        restart: 'never',
      } as const;
      const { id } = await start({ exitWith: 'job', processes: { job } }, init);
      docker('exec', id, 'touch', '/machine/go');
      docker('wait', id);
      expect(exitOf(id)).toEqual({ code: 7, oom: false });
    });

    it('ends the container with 137 when it is killed itself', async () => {
      const { id, client } = await start(
        { processes: { web: { command: 'exec sleep 1000', cwd: '/' } } },
        init,
      );
      const { pid } = await client.info();
      // Detached: the end of the container ends what runs in it.
      docker('exec', '--detach', id, 'node', '-e', `process.kill(${pid}, 'SIGKILL')`);
      docker('wait', id);
      expect(exitOf(id)).toMatchObject({ code: 137 });
    });
  });

  it('tells a process that the kernel ended for want of memory from one that somebody killed', async () => {
    const memory = ['--memory', '160m', '--memory-swap', '160m', '--init'];
    const eat = `const all = []; for (;;) all.push(Buffer.alloc(4_000_000, 1));`;
    const { client } = await start(
      {
        processes: {
          hungry: { command: ['node', '-e', eat], cwd: '/', restart: 'never' },
          killed: { command: 'kill -9 $$', cwd: '/', restart: 'never', autostart: false },
        },
      },
      memory,
    );
    const { process: hungry } = await client.wait({ name: 'hungry', until: 'failed' });
    expect(hungry).toMatchObject({ signal: 'SIGKILL', oomKilled: true });
    expect((await client.info()).oomKills).toBe(1);
    await client.start({ name: 'killed' });
    const { process: killed } = await client.wait({ name: 'killed', until: 'failed' });
    expect(killed).toMatchObject({ signal: 'SIGKILL', oomKilled: false });
  });
});

/** Runs the command line of Docker and gives back what it printed. */
function docker(...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`docker ${args[0]}: ${error?.message ?? stderr}`);
  return `${stdout}${args[0] === 'logs' ? stderr : ''}`.trim();
}

/** States of the processes named `sleep`, zombies included; the image need not have `ps`. */
function sleepers(id: string): string[] {
  const program = `
    const { readdirSync, readFileSync } = require('node:fs');
    for (const pid of readdirSync('/proc').filter(Number)) {
      try { console.log(readFileSync('/proc/' + pid + '/stat', 'utf8').split(' ').slice(1, 3).join(' ')); } catch {}
    }`;
  return docker('exec', id, 'node', '-e', program)
    .split('\n')
    .filter((line) => line.startsWith('(sleep)'));
}

function exitOf(id: string): { code: number; oom: boolean } {
  const [code, oom] = docker('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', id).split(
    ' ',
  );
  return { code: Number(code), oom: oom === 'true' };
}
