import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { VERSION } from '../src/version.ts';
import packageJson from '../package.json' with { type: 'json' };
import { scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const SLEEP = { command: ['sh', '-c', 'echo hello; exec sleep 1000'], cwd: '/tmp' };

function pidnapCommand(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env });
  return { code: status, out: stdout, err: stderr };
}

describe('pidnap on the command line', () => {
  let pidnap: TestPidnap;
  afterEach(() => pidnap.end());
  const ask = (...args: string[]) =>
    pidnapCommand(...args, '--socket', join(pidnap.dir, 'state', 'pidnap.sock'));

  it('shows processes as a table and as JSON', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, idle: { ...SLEEP, autostart: false } });
    const { process: web } = await pidnap.client.wait({ name: 'web', until: 'running' });
    const [header, first, second] = ask('status').out.split('\n');
    expect(header).toMatch(/^NAME +STATE +FOR +HEALTH +PID +RUNS +RESTARTS +EXIT +WHY$/);
    expect(first).toMatch(
      new RegExp(`^web +running +\\d+s +- +${web.pid} +1 +0 +- +run 1 has pid ${web.pid}$`),
    );
    expect(second).toMatch(/^idle +stopped +\d+s +- +- +0 +0 +- +waits to be started: autostart is off$/);
    expect(JSON.parse(ask('status', 'web', '--json').out)).toMatchObject([{ name: 'web', pid: web.pid }]);
  });

  it('shows logs', async () => {
    pidnap = await startTestPidnap({ task: { command: ['echo', 'hello'], cwd: '/tmp', restart: 'never' } });
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    expect(ask('logs', 'task').out).toMatch(
      /^\S+Z pidnap run 1: started, pid \d+\n\S+Z stdout hello\n\S+Z pidnap run 1: exited/m,
    );
    const lines = ask('logs', 'task', '-n', '2', '--json').out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { stream: string }).stream)).toEqual([
      'stdout',
      'pidnap',
    ]);
  });

  it('stops, starts and restarts, and waits for the outcome when asked to', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    expect(ask('stop', 'web', '--wait')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/web +stopped/),
    });
    expect(ask('start', 'web', '--wait')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/web +running/),
    });
    expect(ask('restart', 'web', '--wait')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/web +running/),
    });
    expect((await pidnap.client.get({ name: 'web' })).runs).toBe(3);
  });

  it('fails when what it waits for does not come, and when there is no such process', async () => {
    pidnap = await startTestPidnap({
      bad: { ...SLEEP, command: ['/nowhere'], autostart: false, restart: 'never' },
    });
    expect(ask('start', 'bad', '--wait', '--timeout', '200')).toMatchObject({ code: 1 });
    expect(ask('stop', 'nobody')).toMatchObject({ code: 1, err: 'pidnap: no process is called nobody\n' });
  });
});

describe('pidnap without a running pidnap', () => {
  it('explains itself', () => {
    const { code, out } = pidnapCommand('--help');
    expect(code).toBe(0);
    for (const command of ['run', 'check', 'status', 'logs', 'start', 'stop', 'restart'])
      expect(out).toContain(command);
  });

  it('has the version of its package', () => {
    expect(pidnapCommand('--version').out.trim()).toBe(VERSION);
    expect(packageJson.version).toBe(VERSION);
  });

  it('says what is wrong with a config file, and does not run it', () => {
    const path = scratchPath('config');
    mkdirSync(path);
    writeFileSync(
      join(path, 'c.json'),
      JSON.stringify({ stateDir: '/s', processes: { web: { command: [] } } }),
    );
    for (const verb of ['check', 'run']) {
      const { code, err } = pidnapCommand(verb, '--config', join(path, 'c.json'));
      expect(code).toBe(1);
      expect(err).toContain('  processes.web.cwd: this field is required\n');
    }
  });

  it('says where it looked when nobody answers', () => {
    const { code, err } = pidnapCommand('status', '--socket', '/nowhere/pidnap.sock');
    expect(code).toBe(1);
    expect(err).toContain('/nowhere/pidnap.sock');
  });

  it('asks for a socket when none is given', () => {
    expect(pidnapCommand('status')).toMatchObject({ code: 1, err: expect.stringContaining('--socket') });
  });
});
