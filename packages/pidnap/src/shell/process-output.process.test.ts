import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../test/pidnap-process.ts';
import type { LogLine } from '../contract/process.ts';
import { MAX_LINE_BYTES } from '../core/lines.ts';
import { logNumbers } from './log-file.ts';
import { ProcessOutput } from './process-output.ts';

const LIMITS = { maxBytes: 1_000_000_000, files: 2 };
const MB = 1_000_000;

let dir: string;
let outputs: ProcessOutput[] = [];
let children: ChildProcess[] = [];
let mounted: string[] = [];
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'pidnap-output-'))));
afterEach(async () => {
  // Each leads its group: what a test left behind goes with it.
  for (const { pid } of children) if (pid !== undefined) killGroup(pid);
  await Promise.all(outputs.map((output) => output.close()));
  for (const disk of mounted) execFileSync('umount', ['--lazy', disk]);
  children = [];
  outputs = [];
  mounted = [];
  rmSync(dir, { recursive: true, force: true });
});

async function openOutput({ limits = LIMITS, logDir = join(dir, 'logs') } = {}): Promise<ProcessOutput> {
  const pipeDir = join(dir, 'pipes');
  await ProcessOutput.prepare(pipeDir, ['web']);
  const output = new ProcessOutput({ logDir, pipeDir, name: 'web', limits });
  outputs.push(output);
  return output;
}

/** Runs a program with its output captured, as pidnap does. */
function start(output: ProcessOutput, ...[file = '', ...args]: string[]): ChildProcess {
  const child = spawn(file, args, { stdio: ['ignore', ...output.stdio()], detached: true });
  children.push(child);
  return child;
}
const sh = (output: ProcessOutput, script: string): ChildProcess => start(output, 'sh', '-c', script);
const node = (output: ProcessOutput, script: string): ChildProcess =>
  start(output, process.execPath, '-e', script);
async function ended(child: ChildProcess, output: ProcessOutput): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  await output.drain();
}
const lines = async (output: ProcessOutput, tail = 10_000): Promise<LogLine[]> =>
  (await output.read({ tail })).lines;
const texts = async (output: ProcessOutput, tail = 10_000): Promise<string[]> =>
  (await lines(output, tail)).map(({ text }) => text);
const logged = (at = join(dir, 'logs')): Buffer =>
  Buffer.concat(
    readdirSync(join(at, 'web'))
      .filter((name) => name.endsWith('.log'))
      .toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))
      .map((name) => readFileSync(join(at, 'web', name))),
  );

const loggedBytes = (): number => statSync(join(dir, 'logs/web/0.log'), { throwIfNoEntry: false })?.size ?? 0;

/** Writes numbered lines through a blocking descriptor until it is done or killed. */
const NUMBERED = (count: number, perWrite = 600): string => `
  let text = '';
  for (let i = 0; i < ${count}; i++) {
    text += String(i).padStart(9, '0') + ' ' + 'x'.repeat(89) + '\\n';
    if (i % ${perWrite} === ${perWrite - 1}) { require('fs').writeSync(1, text); text = ''; }
  }
  require('fs').writeSync(1, text);`;

/** The numbers at the beginning of lines are those from 0 on, without a gap. */
function expectNumbered(log: Buffer): number {
  let expected = 0;
  for (const line of log.toString('latin1').split('\n')) {
    if (line.length !== 99) continue;
    if (Number(line.slice(0, 9)) !== expected) throw new Error(`line ${expected} is missing: ${line}`);
    expected += 1;
  }
  return expected;
}

describe('the output of a process', () => {
  it('is in the log when drain resolves, an unfinished last line included', async () => {
    const output = await openOutput();
    await ended(sh(output, 'echo one; echo oops >&2; printf unfinished'), output);
    const found = await lines(output);
    expect(found.filter(({ stream }) => stream === 'stdout').map(({ text }) => text)).toEqual([
      'one',
      'unfinished',
    ]);
    expect(found.filter(({ stream }) => stream === 'stderr').map(({ text }) => text)).toEqual(['oops']);
    output.note('exited with code 0');
    expect(await lines(output, 1)).toMatchObject([{ stream: 'pidnap', text: 'exited with code 0' }]);
  });

  it('keeps the order of the streams as they arrive', async () => {
    const output = await openOutput();
    const stepped = spawn(
      'sh',
      ['-c', 'for i in 1 2 3; do read a; echo out$i; read a; echo err$i >&2; done'],
      {
        stdio: ['pipe', ...output.stdio()],
        detached: true,
      },
    );
    children.push(stepped);
    for (let count = 1; count <= 6; count++) {
      stepped.stdin?.write('go\n');
      await eventually(
        async () => (await lines(output)).filter(({ text }) => /\d$/.test(text)).length === count,
      );
    }
    await ended(stepped, output);
    expect((await texts(output)).filter((text) => /\d$/.test(text))).toEqual([
      'out1',
      'err1',
      'out2',
      'err2',
      'out3',
      'err3',
    ]);
  });

  it('brings the notes before it into the file; a note alone comes later', async () => {
    const output = await openOutput();
    output.note('run 1: started');
    await ended(sh(output, 'echo one'), output);
    expect(logged().toString()).toBe('run 1: started\none\n');
    output.note('run 1: exited with code 0');
    expect(logged().toString()).toBe('run 1: started\none\n');
    await eventually(() => logged().toString().endsWith('run 1: exited with code 0\n'));
  });

  it('comes through /dev/stdout and /dev/stderr opened again', async () => {
    const output = await openOutput();
    await ended(sh(output, 'echo one > /dev/stdout; echo two > /dev/stderr'), output);
    expect((await texts(output)).toSorted()).toEqual(['one', 'two']);
  });

  it('is complete, byte for byte, after a flood of both streams', async () => {
    const output = await openOutput();
    const script = (count: number): string =>
      `exec ${process.execPath} -e "${NUMBERED(count).replaceAll('"', '\\"')}"`;
    await ended(sh(output, `(${script(400_000)}) & (${script(200_000)}) >&2; wait`), output);
    const seen = { stdout: 0, stderr: 0 };
    const log = logged();
    expect(log.length).toBe(60 * MB);
    const rest = log.toString('latin1').split('\n');
    expect(rest.every((line) => line === '' || line.length === 99)).toBe(true);
    // The two counts run side by side; each line belongs to whichever of them it continues.
    for (const line of rest) {
      const number = Number(line.slice(0, 9));
      if (line === '') continue;
      if (number === seen.stdout) seen.stdout += 1;
      else if (number === seen.stderr) seen.stderr += 1;
      else throw new Error(`out of order: ${line}`);
    }
    expect(Object.values(seen).toSorted((a, b) => a - b)).toEqual([200_000, 400_000]);
  });

  it('loses nothing when the process dies in the middle of a flood', async () => {
    const output = await openOutput();
    const child = node(output, NUMBERED(100_000_000, 1));
    await eventually(() => loggedBytes() > 3 * MB);
    child.kill('SIGKILL');
    await ended(child, output);
    const log = logged();
    // Every write was one line, and each that returned is there; the last one may be cut.
    expect(expectNumbered(log)).toBeGreaterThanOrEqual(Math.floor(log.length / 100) - 1);
  });

  it('may be binary garbage', async () => {
    const output = await openOutput();
    await ended(sh(output, 'head -c 3000000 /dev/urandom; head -c 300000 /dev/zero'), output);
    const all = await output.read({ tail: 1_000_000 });
    expect(all.more).toBe(false);
    expect(all.lines.length).toBeGreaterThan(5000);
    expect(logged().length).toBe(3_300_001);
  });

  it('may be a line of a megabyte, which is cut into parts', async () => {
    const output = await openOutput();
    await ended(node(output, `process.stdout.write('é'.repeat(500000) + '\\ndone\\n')`), output);
    const found = await lines(output);
    expect(found.at(-1)).toMatchObject({ text: 'done', partial: false });
    const parts = found.slice(0, -1);
    expect(parts.map(({ text }) => text).join('')).toBe('é'.repeat(500_000));
    expect(parts.every(({ text }) => Buffer.byteLength(text) <= MAX_LINE_BYTES)).toBe(true);
    expect(parts.map(({ partial }) => partial)).toEqual(parts.map((_, i) => i < parts.length - 1));
  });
});

describe('drain', () => {
  it('does not wait for a grandchild that keeps the pipe, whose later output still comes', async () => {
    const output = await openOutput();
    const go = join(dir, 'go');
    execFileSync('mkfifo', [go]);
    await ended(sh(output, `echo leader; (read line < ${go}; echo late) & exit 0`), output);
    expect(await texts(output)).toEqual(['leader']);
    writeFileSync(go, 'go\n');
    await eventually(async () => (await texts(output)).includes('late'));
  });

  it('takes all that a pipe holds which its writer made larger', async ({ skip }) => {
    const output = await openOutput();
    // 1031 is F_SETPIPE_SZ. Not through the event loop: nothing is read before the program has ended.
    const script = 'fcntl(STDOUT, 1031, 1 << 20) or exit 9; syswrite(STDOUT, "x" x 99 . "\\n") for 1 .. 9000';
    const { status } = spawnSync('perl', ['-e', script], {
      stdio: ['ignore', ...output.stdio()],
      timeout: 20_000,
    });
    if (status === null || status === 9) {
      console.warn('!! SKIPPED: no perl here, or no pipe of a megabyte');
      return skip('no perl, or no pipe of a megabyte');
    }
    await output.drain();
    expect(loggedBytes()).toBe(900_000);
  });

  it('leaves nothing in the pipe to a close', async () => {
    const first = await openOutput();
    spawnSync('sh', ['-c', 'echo said; echo half >&2'], { stdio: ['ignore', ...first.stdio()] });
    await first.close();
    expect((await texts(await openOutput())).toSorted()).toEqual(['half', 'said']);
  });

  it('ends although a grandchild floods the pipe', async () => {
    const output = await openOutput({ limits: { maxBytes: 5 * MB, files: 2 } });
    await ended(sh(output, 'echo leader; yes "and on and on" & exit 3'), output);
    for (let i = 0; i < 50; i++) await output.drain();
    expect(logged().length).toBeGreaterThan(0);
  });

  it('keeps the order while the reader is paused', async () => {
    const output = await openOutput();
    const child = node(output, NUMBERED(200_000, 1000));
    while (child.exitCode === null && child.signalCode === null) {
      await output.drain();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await output.drain();
    // Drain ends an unfinished line: here every write is of whole lines, but a read may end within one.
    expect(logged().toString('latin1').replaceAll('\n', '').length).toBe(200_000 * 99);
    const digits = logged().toString('latin1').replaceAll('\n', '');
    for (let i = 0; i < 200_000; i++)
      if (Number(digits.slice(i * 99, i * 99 + 9)) !== i) throw new Error(`not in order at ${i}`);
  });
});

describe('without pidnap', () => {
  it('what a process writes waits in the pipe, and no line is lost', async () => {
    const first = await openOutput();
    const script =
      'i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done; printf "%s" half; kill -STOP $$; echo " line"';
    const child = sh(first, script);
    await eventually(() => readFileSync(`/proc/${child.pid}/stat`, 'utf8').includes(') T '));
    await first.close();
    expect(logged().toString()).toMatch(/\n2999\nhalf$/);
    const second = await openOutput();
    child.kill('SIGCONT');
    await ended(child, second);
    const found = await lines(second);
    const whole = found.map(({ text, partial }) => (partial ? text : `${text}\n`)).join('');
    expect(whole).toBe(`${Array.from({ length: 3000 }, (_, i) => `${i}\n`).join('')}half line\n`);
  });

  it('a process that writes more than the pipe holds waits, and goes on', async () => {
    const first = await openOutput();
    const child = node(first, NUMBERED(100_000));
    await eventually(() => loggedBytes() > 0);
    await first.close();
    const size = logged().length;
    expect(size).toBeLessThan(10 * MB);
    expect(child.exitCode).toBeNull();
    const second = await openOutput();
    await ended(child, second);
    expect(child.exitCode).toBe(0);
    expect(expectNumbered(logged())).toBe(100_000);
  });
});

describe('the pipes', () => {
  it('are made where they are missing, in place of whatever is there, and kept where they are', async () => {
    const pipeDir = join(dir, 'pipes');
    mkdirSync(join(pipeDir, 'b.stdout/sub'), { recursive: true });
    writeFileSync(join(pipeDir, 'a.stdout'), 'a file');
    writeFileSync(join(dir, 'precious'), 'kept');
    symlinkSync(join(dir, 'precious'), join(pipeDir, 'a.stderr'));
    await ProcessOutput.prepare(pipeDir, ['a', 'b', '-c']);
    const paths = ['a', 'b', '-c'].flatMap((name) => [`${name}.stdout`, `${name}.stderr`]);
    const inodes = paths.map((path) => {
      const stats = lstatSync(join(pipeDir, path));
      expect([path, stats.isFIFO(), stats.mode & 0o777]).toEqual([path, true, 0o600]);
      return stats.ino;
    });
    expect(readFileSync(join(dir, 'precious'), 'utf8')).toBe('kept');
    await ProcessOutput.prepare(pipeDir, ['a', 'b', '-c']);
    expect(paths.map((path) => lstatSync(join(pipeDir, path)).ino)).toEqual(inodes);
  });

  it('are made once, however many ask for them at the same time', async () => {
    const pipeDir = join(dir, 'pipes');
    await Promise.all(Array.from({ length: 8 }, () => ProcessOutput.prepare(pipeDir, ['a', 'b'])));
    expect(lstatSync(join(pipeDir, 'b.stderr')).isFIFO()).toBe(true);
  });

  it('cannot be made on a filesystem without pipes, and the error says so', async () => {
    // Even root can make nothing there.
    await expect(ProcessOutput.prepare('/proc/self/fd', ['a'])).rejects.toThrow(
      /cannot make named pipes in \/proc\/self\/fd .*filesystem that has named pipes/,
    );
  });

  it('work although somebody removed their names', async () => {
    const output = await openOutput();
    rmSync(join(dir, 'pipes'), { recursive: true });
    await ended(sh(output, 'echo still here'), output);
    expect(await texts(output)).toEqual(['still here']);
  });

  it('are opened anew for every run: what one makes of its descriptor does not show in the next', async () => {
    const output = await openOutput();
    // Node makes a pipe that is its standard output non-blocking, and with it everybody's who shares the open file.
    const older = node(output, `process.stdout.write('here\\n'); setInterval(() => {}, 1000)`);
    await eventually(async () => (await texts(output)).includes('here'));
    const next = start(output, 'sleep', '1000');
    const isNonBlocking = ({ pid }: ChildProcess): boolean => {
      const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/1`, 'utf8'))?.[1] ?? '';
      return (Number.parseInt(flags, 8) & 0o4000) !== 0;
    };
    expect([older, next].map(isNonBlocking)).toEqual([true, false]);
  });

  it('take six descriptors with the files of the log, and give them back', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    const output = await openOutput();
    await ended(sh(output, 'echo one'), output);
    await ended(sh(output, 'echo two'), output);
    expect(open() - before).toBe(6);
    await output.close();
    expect(open()).toBe(before);
  });

  it('and the log are gone after delete', async () => {
    const output = await openOutput();
    await ended(sh(output, 'echo one'), output);
    await output.delete();
    expect(readdirSync(join(dir, 'logs'))).toEqual([]);
    expect(readdirSync(join(dir, 'pipes'))).toEqual([]);
  });
});

describe('under a flood', () => {
  it('disk and memory stay bounded, and others get their turn', async () => {
    const limits = { maxBytes: 500_000, files: 3 };
    const output = await openOutput({ limits });
    start(output, 'yes', 'a line of the flood that goes on and on and on');
    const web = join(dir, 'logs/web');
    await eventually(() => existsSync(web) && logNumbers(readdirSync(web)).some((number) => number > 50));
    const before = process.memoryUsage();
    let slowest = 0;
    for (let i = 0; i < 200; i++) {
      const asked = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 5));
      slowest = Math.max(slowest, performance.now() - asked);
      if (i % 20 === 0) expect((await output.read({ tail: 10 })).lines).toHaveLength(10);
    }
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(3 * MB);
    expect(after.rss - before.rss).toBeLessThan(40 * MB);
    expect(slowest).toBeLessThan(1000);
    const files = readdirSync(join(dir, 'logs/web'));
    expect(files.length).toBeLessThanOrEqual(2 * limits.files);
    const total = files.reduce(
      (sum, name) => sum + (statSync(join(dir, 'logs/web', name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    expect(total).toBeLessThanOrEqual(limits.maxBytes * limits.files);
  });

  it('a disk that stalls makes the process wait, nobody else, and nothing is lost', async () => {
    // Writing into a pipe that nobody reads hangs in the thread pool, as writing to a dead network disk does.
    mkdirSync(join(dir, 'logs/web'), { recursive: true });
    execFileSync('mkfifo', [join(dir, 'logs/web/0.log')]);
    const output = await openOutput();
    const child = node(output, NUMBERED(200_000));
    const before = process.memoryUsage().arrayBuffers;
    // As much as the stuck disk, the memory of the log and the pipe hold between them, or nearly.
    await eventually(
      () => Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${child.pid}/io`, 'utf8'))?.[1]) > 300_000,
    );
    const asked = performance.now();
    const drains: Promise<void>[] = [];
    for (let i = 0; i < 500; i++) {
      drains.push(output.drain());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(drains);
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(performance.now() - asked).toBeLessThan(5000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * MB);
    expect(child.exitCode).toBeNull();

    const reader = spawn('cat', [join(dir, 'logs/web/0.log')], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(reader);
    const copied = once(reader, 'close');
    const chunks: Buffer[] = [];
    reader.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    if (child.exitCode === null) await once(child, 'exit');
    await output.close();
    await copied;
    expect(Buffer.concat(chunks).toString('latin1').replaceAll('\n', '')).toHaveLength(200_000 * 99);
  });

  it('a full disk loses lines, says so once, blocks nobody, and is used again when there is room', async ({
    skip,
  }) => {
    const disk = join(dir, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      console.warn(
        '!! SKIPPED: a small disk cannot be mounted here; it takes root outside an unprivileged container',
      );
      return skip('mounting a small disk is not permitted here');
    }
    mounted.push(disk);
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => said.mockRestore());
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(MB));

    const output = await openOutput({ logDir: disk });
    const child = node(output, NUMBERED(100_000));
    await ended(child, output);
    expect(child.exitCode).toBe(0);
    expect(said.mock.calls[0]?.[0]).toMatch(/cannot write the log .* lines are lost: .*ENOSPC/);

    rmSync(join(disk, 'ballast'));
    await ended(sh(output, 'echo back'), output);
    expect(await texts(output, 1)).toEqual(['back']);
    // What fits between failures is kept; every gap says how many lines are missing in it.
    let next = 0;
    let gaps = 0;
    for (const line of logged(disk).toString().trimEnd().split('\n')) {
      const missing = /^(\d+) lines are missing here/.exec(line)?.[1];
      if (missing === undefined && line !== 'back') expect(Number(line.slice(0, 9))).toBe(next++);
      if (missing !== undefined) gaps += 1;
      next += Number(missing ?? 0);
    }
    expect(next).toBe(100_000);
    expect(gaps).toBeGreaterThan(0);
    const complaints = said.mock.calls.filter(([text]) => String(text).includes('cannot write'));
    expect(complaints).toHaveLength(1);
    expect(said.mock.calls.at(-1)?.[0]).toMatch(/works again, \d+ lines were lost/);
  });
});

describe('following', () => {
  it('gives the tail, then every line once, whatever is being written meanwhile', async () => {
    const output = await openOutput();
    const child = sh(output, 'i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); done');
    await eventually(async () => (await texts(output)).length > 100);
    const got: string[] = [];
    for await (const { text } of output.follow({ tail: 10_000 })) {
      got.push(text);
      if (got.length === 2000) break;
    }
    expect(got).toEqual(Array.from({ length: 2000 }, (_, i) => String(i)));
    await ended(child, output);
  });

  it('ends with its signal and with the log', async () => {
    const output = await openOutput();
    const abort = new AbortController();
    const aborted = output.follow({ signal: abort.signal }).next();
    const closed = output.follow().next();
    abort.abort();
    expect(await aborted).toEqual({ done: true, value: undefined });
    await output.close();
    expect(await closed).toEqual({ done: true, value: undefined });
  });

  it('tells a reader that is too slow how many lines it lost, and holds no more than it should', async () => {
    const output = await openOutput();
    const reader = output.follow();
    const first = reader.next();
    await ended(node(output, NUMBERED(200_000)), output);
    expect((await first).value?.text).toMatch(/^000000000 /);
    let lost = 0;
    let seen = 1;
    await output.close();
    for await (const { stream, text } of reader) {
      if (stream === 'pidnap') lost += Number.parseInt(text);
      else seen += 1;
    }
    expect(lost).toBeGreaterThan(100_000);
    expect(lost + seen).toBe(200_000);
    expect(seen * 100).toBeLessThan(1.3 * MB);
  });
});

describe('a line watch', () => {
  it('sees every matching line of its stream until it is ended', async () => {
    const output = await openOutput();
    const seen: string[] = [];
    const unwatch = output.watchLines({
      stream: 'stderr',
      pattern: '^ready on \\d+$',
      onMatch: ({ stream, text }) => seen.push(`${stream} ${text}`),
    });
    const both: string[] = [];
    output.watchLines({ pattern: 'ready', onMatch: ({ text }) => both.push(text) });
    output.note('ready on 1');
    await ended(
      sh(output, 'echo ready on 2; echo "not ready on 3" >&2; printf "ready on " >&2; printf 4 >&2'),
      output,
    );
    expect(seen).toEqual(['stderr ready on 4']);
    expect(both.toSorted()).toEqual(['not ready on 3', 'ready on 2', 'ready on 4']);
    unwatch();
    await ended(sh(output, 'echo ready on 5 >&2'), output);
    expect(seen).toHaveLength(1);
    expect(both).toHaveLength(4);
  });
});

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
