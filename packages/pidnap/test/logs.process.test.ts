import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogLine, ProcessDefinitionInput } from '../src/contract.ts';
import { eventually, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const task = (script: string, more: Partial<ProcessDefinitionInput> = {}): ProcessDefinitionInput => ({
  command: ['sh', '-c', script],
  cwd: '/tmp',
  restart: 'never',
  ...more,
});
const said = (lines: LogLine[]): string[] =>
  lines.filter(({ stream }) => stream !== 'pidnap').map(({ text }) => text);

describe('logs', () => {
  it('hold both streams, with times, and are complete when the end of the process is visible', async () => {
    pidnap = await startTestPidnap({
      task: task(
        'i=0; while [ $i -lt 500 ]; do echo "line $i"; i=$((i+1)); done; echo oops >&2; printf unfinished',
      ),
    });
    const { process: view } = await pidnap.client.wait({ name: 'task', until: 'completed' });
    const { lines, more } = await pidnap.client.logs({ name: 'task', tail: 1000 });
    const out = lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
    expect(out).toEqual([...Array.from({ length: 500 }, (_, i) => `line ${i}`), 'unfinished']);
    expect(lines.filter(({ stream }) => stream === 'stderr').map(({ text }) => text)).toEqual(['oops']);
    expect(lines.every(({ at }) => at >= (view.queuedAt ?? Infinity) && at <= Date.now())).toBe(true);
    expect(more).toBe(false);
  });

  it('give the newest lines, or those since a time', async () => {
    pidnap = await startTestPidnap({
      task: task('for i in 1 2 3 4 5; do echo $i; done; sleep 0.1; echo late'),
    });
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    const newest = await pidnap.client.logs({ name: 'task', tail: 3 });
    expect(said(newest.lines)).toEqual(['5', 'late']);
    expect(newest.more).toBe(true);
    const all = await pidnap.client.logs({ name: 'task' });
    const since = all.lines.find(({ text }) => text === 'late')?.at;
    expect(said((await pidnap.client.logs({ name: 'task', since })).lines)).toEqual(['late']);
  });

  it('keep lines of both streams whole when they are written at once', async () => {
    const writer = (name: string): string =>
      `(i=0; while [ $i -lt 300 ]; do echo ${name}-${name}-${name}; i=$((i+1)); done)`;
    pidnap = await startTestPidnap({ task: task(`${writer('out')} & ${writer('err')} >&2; wait`) });
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    const { lines } = await pidnap.client.logs({ name: 'task', tail: 1000 });
    expect(new Set(said(lines))).toEqual(new Set(['out-out-out', 'err-err-err']));
    expect(said(lines)).toHaveLength(600);
  });

  it('take what is written to /dev/stdout and /dev/stderr', async () => {
    pidnap = await startTestPidnap({ task: task('echo one > /dev/stdout; echo two > /dev/stderr') });
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    expect(said((await pidnap.client.logs({ name: 'task' })).lines).toSorted()).toEqual(['one', 'two']);
  });

  it('of a process that never ends a line neither grow without end nor are lost', async () => {
    pidnap = await startTestPidnap({ task: task('head -c 100000 /dev/zero | tr "\\0" x; echo; echo done') });
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    const { lines } = await pidnap.client.logs({ name: 'task' });
    const parts = lines.filter(({ text }) => text.startsWith('x'));
    expect(parts.reduce((sum, { text }) => sum + text.length, 0)).toBe(100_000);
    expect(parts.map(({ partial }) => partial)).toEqual([
      ...Array.from({ length: parts.length - 1 }, () => true),
      false,
    ]);
    expect(said(lines).at(-1)).toBe('done');
  });

  it('stay bounded on disk, and pidnap stays small and quick, under a process that writes as fast as it can', async () => {
    const limits = { maxBytes: 100_000, files: 3 };
    pidnap = await startTestPidnap({
      flood: task('exec yes "a line of the flood that goes on and on and on"', { logs: limits }),
    });
    const dir = join(pidnap.dir, 'state', 'logs', 'flood');
    const numbers = (): number[] =>
      existsSync(dir) ? readdirSync(dir).map((name) => Number.parseInt(name)) : [];
    await eventually(() => numbers().some((number) => number > 2 * limits.files));
    const before = residentBytes(pidnap.child.pid ?? 0);
    let slowest = 0;
    for (let i = 0; i < 40; i++) {
      const asked = performance.now();
      expect((await fetch(`${pidnap.url}/healthz`)).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - asked);
      await pidnap.client.logs({ name: 'flood', tail: 10 });
    }
    expect(residentBytes(pidnap.child.pid ?? 0) - before).toBeLessThan(80_000_000);
    expect(slowest).toBeLessThan(2000);
    await pidnap.client.stop({ name: 'flood' });
    await pidnap.client.wait({ name: 'flood', until: 'stopped' });
    const { lines } = await pidnap.client.logs({ name: 'flood', tail: 1 });
    expect(lines[0]?.text).toBe('run 1: killed by SIGTERM');
    expect(new Set(numbers()).size).toBe(limits.files);
    const sizes = readdirSync(dir).map((name) => statSync(join(dir, name)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(limits.files * limits.maxBytes);
  });

  it('go on through the death of pidnap: what is written meanwhile is there afterwards', async () => {
    const go = scratchPath('go');
    const told = scratchPath('told');
    const script = `echo before; while [ ! -e ${go} ]; do sleep 0.05; done; echo meanwhile; echo opened > /dev/stdout; touch ${told}; exec sleep 1000`;
    pidnap = await startTestPidnap({ service: { command: ['sh', '-c', script], cwd: '/tmp' } });
    await eventually(async () => said((await pidnap.client.logs({ name: 'service' })).lines).length === 1);
    const gone = once(pidnap.child, 'exit');
    pidnap.child.kill('SIGKILL');
    await gone;
    writeFileSync(go, '');
    await eventually(() => existsSync(told));
    await pidnap.startAgain();
    await eventually(async () => said((await pidnap.client.logs({ name: 'service' })).lines).length >= 3);
    const { lines } = await pidnap.client.logs({ name: 'service' });
    expect(said(lines)).toEqual(['before', 'meanwhile', 'opened']);
    expect(lines.some(({ stream, text }) => stream === 'pidnap' && text.includes('adopted'))).toBe(true);
  });
});

describe('followLogs', () => {
  it('gives the tail, then every new line once and in order, across a restart of the process', async () => {
    pidnap = await startTestPidnap({
      task: task('for i in 1 2 3 4 5; do echo $i; sleep 0.03; done'),
    });
    const got: string[] = [];
    await eventually(async () => said((await pidnap.client.logs({ name: 'task' })).lines).length >= 2);
    for await (const line of await pidnap.client.followLogs({ name: 'task', tail: 100 })) {
      if (line.stream === 'stdout') got.push(line.text);
      if (line.stream === 'pidnap' && line.text === 'run 1: exited with code 0') {
        void pidnap.client.restart({ name: 'task' });
      }
      if (got.length === 10) break;
    }
    expect(got).toEqual(['1', '2', '3', '4', '5', '1', '2', '3', '4', '5']);
  });

  it('gives what came since a time, and goes on from there', async () => {
    const [go, first] = [scratchPath('go'), scratchPath('first')];
    const until = (file: string) => `while [ ! -e ${file} ]; do sleep 0.05; done`;
    pidnap = await startTestPidnap({
      task: task(`echo old; ${until(first)}; echo late; ${until(go)}; echo new`),
    });
    const line = (wanted: string) =>
      eventually(async () =>
        (await pidnap.client.logs({ name: 'task' })).lines.find(({ text }) => text === wanted),
      );
    await line('old');
    writeFileSync(first, '');
    const late = await line('late');
    const got: string[] = [];
    for await (const { stream, text } of await pidnap.client.followLogs({ name: 'task', since: late.at })) {
      if (stream === 'stdout') got.push(text);
      if (text === 'late') writeFileSync(go, '');
      if (text === 'new') break;
    }
    expect(got).toEqual(['late', 'new']);
  });

  it('of an unknown process is refused', async () => {
    pidnap = await startTestPidnap({});
    await expect(pidnap.client.followLogs({ name: 'nobody' })).rejects.toMatchObject({
      code: 'PROCESS_NOT_FOUND',
    });
  });
});

function residentBytes(pid: number): number {
  const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1];
  return Number(pages) * 4096;
}
