import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPidnapClient, type PidnapClient } from '../src/client.ts';
import type { PidnapConfigFile } from '../src/define-config.ts';
import { pidnapCommand, startPidnapCommand, type LastingCommand } from './pidnap-command.ts';
import { eventually, scratchPath } from './pidnap-process.ts';

const SLEEP = { command: 'exec sleep 1000' };
/** Says so when a signal comes. */
const LISTENER = `for s in HUP USR1 USR2 WINCH; do trap "echo got $s" $s; done; echo ready; while :; do sleep 0.05; done`;

let dir: string;
let running: LastingCommand[];
let client: PidnapClient;
beforeEach(() => {
  dir = scratchPath('run');
  mkdirSync(dir);
  running = [];
  client = createPidnapClient({ socketPath: join(dir, '.pidnap/pidnap.sock') });
});
afterEach(async () => {
  for (const { child, end } of running) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await end();
  }
});

function writeConfig(config: PidnapConfigFile): void {
  // As editors do: a new file in the place of the old one.
  writeFileSync(join(dir, 'next'), JSON.stringify(config));
  renameSync(join(dir, 'next'), join(dir, 'pidnap.config.json'));
}

async function run(config: PidnapConfigFile, ...options: string[]): Promise<LastingCommand> {
  writeConfig(config);
  const pidnap = startPidnapCommand(['run', ...options], { cwd: dir });
  running.push(pidnap);
  await eventually(() => pidnap.output().includes('listens on'), pidnap.output);
  return pidnap;
}

async function logOf(name: string): Promise<string> {
  const { lines } = await client.logs({ name, tail: 1000 });
  return lines.map(({ text }) => text).join('\n');
}

describe('pidnap run ends', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('with 0 on %s, when everything has stopped', async (signal) => {
    const pidnap = await run({ processes: { web: SLEEP } });
    await client.wait({ name: 'web', until: 'running' });
    expect(await pidnap.end(signal)).toBe(0);
    expect(pidnap.output()).toContain(`pidnap stops everything on ${signal}`);
  });

  it('at once on a second SIGTERM', async () => {
    const stubborn = {
      command: `trap '' TERM; echo ready; while :; do sleep 0.1; done`,
      stop: { graceMs: 3_600_000 },
    };
    const pidnap = await run({ processes: { stubborn } });
    await eventually(async () => (await logOf('stubborn')).includes('ready'));
    pidnap.child.kill('SIGTERM');
    await eventually(() => pidnap.output().includes('stops everything'), pidnap.output);
    expect(await pidnap.end('SIGTERM')).toBe(0);
  });

  it.each<[string, string, number]>([
    ['the exit code of the process that exitWith names', 'exit 7', 7],
    ['0 when that completed', 'exit 0', 0],
    ['128 + the number of the signal that ended it', 'kill -KILL $$', 137],
  ])('with %s', async (_what, command, code) => {
    const job = { command: `sleep 0.1; ${command}`, restart: 'never' as const };
    const pidnap = await run({ exitWith: 'job', processes: { job, web: SLEEP } });
    expect(await pidnap.end()).toBe(code);
    expect(pidnap.output()).toContain('pidnap stops everything on the end of job');
  });

  it('with 4 when another pidnap has the state directory', async () => {
    await run({ processes: {} });
    expect(pidnapCommand(['run'], { cwd: dir })).toMatchObject({
      code: 4,
      err: expect.stringMatching(/^pidnap: pidnap with pid \d+ uses .* already\n$/),
    });
  });

  it('with 4 when an address is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    writeFileSync(join(dir, 'token'), 'a-token-of-this-test');
    writeConfig({ listen: { tcp: { port, tokenFile: 'token' } } });
    expect(pidnapCommand(['run'], { cwd: dir })).toMatchObject({
      code: 4,
      err: expect.stringContaining('EADDRINUSE'),
    });
    server.close();
  });

  it('with 2 on a bad config file', () => {
    writeConfig({ processes: { web: { command: [] } } });
    expect(pidnapCommand(['run'], { cwd: dir })).toMatchObject({
      code: 2,
      err: expect.stringContaining('processes.web.command: expected at least the program, got an empty list'),
    });
  });
});

describe('pidnap run reads its config file again', () => {
  const next = { processes: { web: SLEEP, other: SLEEP } };

  it('on SIGHUP, and says what that did', async () => {
    const pidnap = await run({ processes: { web: SLEEP } });
    writeConfig(next);
    pidnap.child.kill('SIGHUP');
    await eventually(
      () => pidnap.output().includes('(SIGHUP): reloaded: added other; 1 unchanged'),
      pidnap.output,
    );
    expect((await client.list()).map(({ name }) => name)).toEqual(['web', 'other']);
  });

  it('when it changes, with --watch', async () => {
    const pidnap = await run({ processes: { web: SLEEP } }, '--watch');
    writeConfig(next);
    await eventually(
      () => pidnap.output().includes('(the file changed): reloaded: added other'),
      pidnap.output,
    );
    writeConfig({ processes: { web: SLEEP } });
    await eventually(
      () => pidnap.output().includes('(the file changed): reloaded: removed other'),
      pidnap.output,
    );
  });

  it('and goes on as before when it is not valid', async () => {
    const pidnap = await run({ processes: { web: SLEEP } });
    const { process: before } = await client.wait({ name: 'web', until: 'running' });
    writeConfig({ processes: { web: { command: 'x', stop: { graceMs: -1 } } } });
    pidnap.child.kill('SIGHUP');
    await eventually(() => pidnap.output().includes('pidnap goes on as before (SIGHUP)'), pidnap.output);
    expect(pidnap.output()).toContain(
      '  processes.web.stop.graceMs: expected a whole number of milliseconds',
    );
    expect((await client.get({ name: 'web' })).pid).toBe(before.pid);
  });
});

describe('pidnap run hands signals on', () => {
  it('to the processes that ask for them, and does nothing else by them', async () => {
    const forwardSignals = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
    const pidnap = await run({
      processes: {
        all: { command: LISTENER, forwardSignals: [...forwardSignals] },
        none: { command: LISTENER },
      },
    });
    for (const name of ['all', 'none']) await eventually(async () => (await logOf(name)).includes('ready'));
    for (const signal of forwardSignals) {
      pidnap.child.kill(signal);
      await eventually(async () => (await logOf('all')).includes(`got ${signal.slice(3)}`), pidnap.output);
    }
    expect(await logOf('none')).not.toContain('got');
    // SIGUSR1 makes Node wait for a debugger, unless somebody listens for it.
    expect(pidnap.output()).not.toContain('Debugger');
    expect(await pidnap.end('SIGTERM')).toBe(0);
  });
});

it('a pidnap that is frozen is told from one that is not there', async () => {
  const pidnap = await run({ processes: { web: SLEEP } });
  pidnap.child.kill('SIGSTOP');
  try {
    expect(pidnapCommand(['status'], { cwd: dir })).toMatchObject({
      code: 3,
      err: expect.stringContaining('is there and does not answer'),
    });
  } finally {
    pidnap.child.kill('SIGCONT');
  }
});

it('pidnap run goes on when nobody reads what it prints', async () => {
  const pidnap = await run({ processes: { web: SLEEP } });
  pidnap.child.stdout?.destroy();
  pidnap.child.stderr?.destroy();
  for (const signal of ['SIGHUP', 'SIGHUP'] as const) pidnap.child.kill(signal);
  await client.wait({ name: 'web', until: 'running' });
  await client.reload({});
  expect((await client.list()).map(({ state }) => state)).toEqual(['running']);
  expect(await pidnap.end('SIGTERM')).toBe(0);
});

it('pidnap run keeps the time of the first program to itself', async () => {
  const at = Date.now() - 60_000;
  writeConfig({
    processes: { task: { command: 'env', restart: 'never', inheritEnv: ['PIDNAP_ENTRYPOINT_AT'] } },
  });
  const pidnap = startPidnapCommand(['run'], { cwd: dir, env: { PIDNAP_ENTRYPOINT_AT: String(at) } });
  running.push(pidnap);
  await eventually(() => pidnap.output().includes('listens on'), pidnap.output);
  await client.wait({ name: 'task', until: 'completed' });
  expect((await client.info()).boot.entrypointAt).toBe(at);
  expect(await logOf('task')).not.toContain('PIDNAP_ENTRYPOINT_AT');
});
