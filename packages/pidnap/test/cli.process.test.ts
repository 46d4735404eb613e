import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogLine, PidnapEvent, ProcessView } from '../src/contract.ts';
import { VERSION } from '../src/version.ts';
import { pidnapCommand, startPidnapCommand, type LastingCommand } from './pidnap-command.ts';
import { TOKEN, eventually, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

const SLEEP = { command: ['sh', '-c', 'echo hello; exec sleep 1000'], cwd: '/tmp' };
const TASK = { command: ['echo', 'hello'], cwd: '/tmp', restart: 'never' as const };

let pidnap: TestPidnap;
let lasting: LastingCommand | undefined;
afterEach(async () => {
  lasting?.child.kill('SIGKILL');
  lasting = undefined;
  await pidnap.end();
});
const ask = (...args: string[]) => pidnapCommand(args, { cwd: pidnap.dir });

describe('pidnap on the command line shows', () => {
  it('processes as a table, one in detail, all as JSON', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, idle: { ...SLEEP, autostart: false } });
    const { process: web } = await pidnap.client.wait({ name: 'web', until: 'running' });
    const [header, first, second] = ask('status').out.split('\n');
    expect(header).toMatch(/^NAME +STATE +FOR +HEALTH +PID +RUNS +RESTARTS +EXIT +WHY$/);
    expect(first).toMatch(
      new RegExp(`^web +running +\\d+s +- +${web.pid} +1 +0 +- +run 1 has pid ${web.pid}$`),
    );
    expect(second).toMatch(/^idle +stopped +\d+s +- +- +0 +0 +- +waits to be started: autostart is off$/);
    expect(ask('status', 'web').out).toMatch(/^web {2}running for \d+s\n(?: {2}.*\n)* {2}pid +\d+\n/);
    expect(JSON.parse(ask('status', 'web', '--json').out)).toMatchObject([{ name: 'web', pid: web.pid }]);
  });

  it('logs of all processes in the order of time, of one, of one stream, as text alone', async () => {
    const both = { ...TASK, command: ['sh', '-c', 'echo out; echo err >&2'] };
    pidnap = await startTestPidnap({ task: TASK, both: { ...both, dependsOn: [{ process: 'task' }] } });
    await pidnap.client.wait({ name: 'both', until: 'completed' });
    const all = ask('logs').out.trim().split('\n');
    const names = all.map((line) => line.split(' ')[1]).join(' ');
    expect(names).toBe('task task task both both both both');
    expect(ask('logs', 'task').out).toMatch(
      /^\S+Z pidnap run 1: started, pid \d+\n\S+Z stdout hello\n\S+Z pidnap run 1: exited/m,
    );
    const lines = ask('logs', 'task', '-n', '2', '--json').out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as LogLine).stream)).toEqual(['stdout', 'pidnap']);
    expect(ask('logs', 'both', '--stream', 'stderr', '--raw', '-n', '1').out).toBe('err\n');
    expect(ask('logs', 'both', '--since', '2999-01-01')).toMatchObject({ code: 0, out: '' });
  });

  it('logs as they come, also of processes that come later, until Ctrl-C', async () => {
    const talking = { ...SLEEP, command: ['sh', '-c', 'echo hello; while sleep 0.1; do echo again; done'] };
    pidnap = await startTestPidnap({ web: talking });
    lasting = startPidnapCommand(['logs', '-f'], { cwd: pidnap.dir });
    const { output, end } = lasting;
    await eventually(() => /hello\n(?:.*again\n){2}/.test(output()), output);
    await pidnap.client.add({ name: 'late', definition: TASK });
    await eventually(() => /late +stdout hello/.test(output()), output);
    expect(output().match(/web +stdout hello/g)).toHaveLength(1);
    expect(await end('SIGINT')).toBe(0);
  });

  it('nothing more when nobody reads any more', async () => {
    const flood = { ...TASK, command: ['seq', '1', '5000'] };
    pidnap = await startTestPidnap({ flood });
    await pidnap.client.wait({ name: 'flood', until: 'completed' });
    const command = `${process.execPath} ${join(import.meta.dirname, '../src/main.ts')} logs -n 10000 --raw; echo "code $?" >&2`;
    const shell = spawnSync('sh', ['-c', `{ ${command}; } | head -n 2`], {
      cwd: pidnap.dir,
      encoding: 'utf8',
    });
    expect(shell.stdout.split('\n')).toHaveLength(3);
    expect(shell.stderr).toBe('code 0\n');
  });

  it('events as they come', async () => {
    pidnap = await startTestPidnap({ web: { ...SLEEP, autostart: false } });
    lasting = startPidnapCommand(['events', '--json'], { cwd: pidnap.dir });
    const { output, end } = lasting;
    await eventually(() => output().includes('snapshot'), output);
    await pidnap.client.start({ name: 'web' });
    await eventually(() => output().includes('"to":"running"'), output);
    const events = output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PidnapEvent);
    expect(events.flatMap((event) => (event.type === 'state' ? event.to : event.type))).toEqual([
      'snapshot',
      'pending',
      'starting',
      'running',
    ]);
    expect(await end('SIGINT')).toBe(0);
  });

  it('the history of a process, and who answers', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    ask('restart', 'web', '--wait');
    const [header, second, first] = ask('history', 'web').out.split('\n');
    expect(header).toMatch(/RUN +PID +STARTED +WAITED/);
    expect(second).toMatch(/^ +2 .* is up$/);
    expect(first).toMatch(/^ +1 .* SIGTERM /);
    expect(JSON.parse(ask('history', 'web', '--json', '-n', '1').out)).toMatchObject([{ run: 2 }]);
    expect(ask('info').out).toContain(`config      ${join(pidnap.dir, 'pidnap.config.json')}\n`);
    expect(JSON.parse(ask('info', '--json').out)).toMatchObject({ version: VERSION, isPid1: false });
  });
});

describe('pidnap on the command line', () => {
  const states = (out: string) =>
    (JSON.parse(out) as ProcessView[]).map(({ name, state, runs }) => `${name} ${state} ${runs}`);

  it('stops, starts and restarts, and waits for the outcome when asked to', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, task: TASK });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    const json = (...args: string[]) => states(ask(...args, '--wait', '--json').out);
    expect(json('stop', 'web')).toEqual(['web stopped 1']);
    expect(json('start', 'web')).toEqual(['web running 2']);
    expect(json('restart', 'web', 'task')).toEqual(['web running 3', 'task completed 2']);
    expect(json('stop', '--all')).toEqual(['web stopped 3', 'task completed 2']);
    expect(ask('start', 'web').out).toMatch(/web +(?:pending|starting|running)/);
  });

  it('fails as soon as what it waits for cannot come, and when it does not come in time', async () => {
    const bad = { ...SLEEP, command: ['/nowhere'], autostart: false, restart: 'never' as const };
    const slow = { ...SLEEP, autostart: false, health: { kind: 'tcp' as const, port: 1 } };
    pidnap = await startTestPidnap({ bad, slow });
    expect(ask('start', 'bad', '--wait', '--timeout', '1d')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/bad +failed/),
    });
    expect(ask('start', 'slow', '--wait', '--timeout', '200ms')).toMatchObject({ code: 1 });
    expect(ask('wait', 'slow', '--until', 'healthy', '--timeout', '100ms')).toMatchObject({ code: 1 });
    expect(ask('wait', 'bad', '--until', 'failed')).toMatchObject({ code: 0 });
  });

  it('says what it does not know, and does the rest', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    expect(ask('stop', 'wbe', 'web', '--wait')).toEqual({
      code: 1,
      out: expect.stringMatching(/web +stopped/),
      err: 'pidnap: no process is called wbe; did you mean "web"? (PROCESS_NOT_FOUND)\n',
    });
    expect(JSON.parse(ask('status', 'nobody', '--json').err)).toMatchObject({
      error: { code: 'PROCESS_NOT_FOUND' },
    });
    expect(ask('stop')).toMatchObject({ code: 2, err: expect.stringContaining('--all') });
    expect(ask('logs', 'web', '-n', 'many')).toMatchObject({ code: 2 });
  });

  it('sends signals', async () => {
    const listener = {
      ...SLEEP,
      command: ['sh', '-c', 'trap "echo got it" HUP; echo ready; while :; do sleep 0.1; done'],
    };
    pidnap = await startTestPidnap({ listener });
    await eventually(() => ask('logs', '--raw').out.includes('ready'));
    expect(ask('signal', 'listener', 'hup').out).toMatch(/^sent SIGHUP to listener, pid \d+\n$/);
    await eventually(() => ask('logs', '--raw').out.includes('got it'));
    expect(ask('signal', 'listener', 'SIGNOTHING')).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^pidnap: the input is not valid \(BAD_REQUEST\):\n {2}signal: expected a signal name/,
      ),
    });
  });

  it('adds, updates and removes processes', async () => {
    pidnap = await startTestPidnap({});
    const added = ask(
      'add',
      'task',
      '--task',
      '--env',
      'WORD=hello',
      '--json',
      '--',
      'sh',
      '-c',
      'echo $WORD $0 --json',
      'x',
    );
    expect(JSON.parse(added.out)).toMatchObject({
      source: 'api',
      definition: { cwd: pidnap.dir, restart: 'never' },
    });
    expect(ask('wait', 'task', '--until', 'completed').code).toBe(0);
    expect(ask('logs', 'task', '--raw', '--stream', 'stdout').out).toBe('hello x --json\n');
    writeFileSync(
      join(pidnap.dir, 'web.yaml'),
      'command: exec sleep 1000\ncwd: state\nstop: { graceMs: 1 }\n',
    );
    expect(ask('add', 'web', '--file', 'web.yaml').out).toMatch(/web +\w+/);
    const other = JSON.stringify({ command: ['sleep', '1001'] });
    const updated = pidnapCommand(['update', 'web', '--file', '-', '--json'], {
      cwd: pidnap.dir,
      input: other,
    });
    expect(JSON.parse(updated.out)).toMatchObject({
      definition: { command: ['sleep', '1001'], cwd: pidnap.dir },
    });
    expect(ask('remove', 'web', 'task').out).toBe('removed web\nremoved task\n');
    expect(ask('status').out).toBe('no processes\n');
    expect(ask('add', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('a command after --') });
    expect(ask('add', 'x', '--file', '-')).toMatchObject({
      code: 2,
      err: expect.stringContaining('not valid JSON'),
    });
    writeFileSync(join(pidnap.dir, 'bad.json'), '{ "comand": ["x"], "env": { "TOKEN": 12345 } }');
    const { code, err } = ask('add', 'x', '--file', 'bad.json');
    expect(code).toBe(1);
    expect(err).toMatch(/^ {2}definition\.comand: this field is not known; did you mean "command"\?$/m);
    expect(err).not.toContain('12345');
  });

  it('reloads the config file, or tells what that would do', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, old: TASK });
    const path = join(pidnap.dir, 'pidnap.config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as { processes: object };
    writeFileSync(path, JSON.stringify({ ...config, processes: { web: SLEEP, fresh: TASK } }));
    const does = 'added fresh; removed old; 1 unchanged\n';
    expect(ask('reload', '--dry-run')).toEqual({ code: 0, out: `a reload would do this: ${does}`, err: '' });
    expect(ask('reload')).toEqual({ code: 0, out: `reloaded: ${does}`, err: '' });
    writeFileSync(path, JSON.stringify({ ...config, processes: { web: { ...SLEEP, colour: 'red' } } }));
    expect(ask('reload')).toMatchObject({
      code: 1,
      err: 'pidnap: the config file is not valid, nothing was changed (INVALID_CONFIG):\n  processes.web.colour: this field is not known\n',
    });
  });

  it('reaches pidnap by socket, by URL and token, and by the environment', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    const socket = join(pidnap.dir, 'state', 'pidnap.sock');
    const tokenFile = join(pidnap.dir, 'token');
    const elsewhere = (args: string[], env = {}) => pidnapCommand(['status', ...args], { cwd: '/', env });
    for (const answer of [
      elsewhere(['--socket', socket]),
      elsewhere([], { PIDNAP_SOCKET: socket }),
      elsewhere(['--url', pidnap.url, '--token-file', tokenFile]),
      elsewhere([], { PIDNAP_URL: pidnap.url, PIDNAP_TOKEN_FILE: tokenFile }),
      elsewhere(['--config', join(pidnap.dir, 'pidnap.config.json')]),
    ])
      expect(answer).toMatchObject({ code: 0, out: expect.stringContaining('web') });
    const wrong = scratchPath('token');
    writeFileSync(wrong, `not-${TOKEN}`);
    expect(elsewhere(['--url', pidnap.url, '--token-file', wrong])).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not take this token (UNAUTHORIZED)'),
    });
  });
});
