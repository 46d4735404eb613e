import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { FORK_STORM, canStorm, hasPerl } from '../../test/fork-storm.ts';
import { eventually, isAlive, pidFrom, scratchPath } from '../../test/pidnap-process.ts';
import type { RunMark } from '../core/run-mark.ts';
import { readProcessRow, readProcessTable } from './process-table.ts';
import { RunTree, markVariables, scanMarked, sweepOlderRuns } from './process-tree.ts';
import { spawnRun, type SpawnedRun } from './run-process.ts';

const INSTANCE = `tree-test-${process.pid}`;
const MARK: RunMark = { instanceId: INSTANCE, name: 'web', run: 1 };
const HUNT = join(import.meta.dirname, '../../test/orphan-hunt.ts');
const output = openSync('/dev/null', 'w');

const LAST_PID = '/proc/sys/kernel/ns_last_pid';
const canUnshare = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;
const isRoot = process.getuid?.() === 0;
const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;
const hasTini = has('tini', '--version');
if (!canUnshare) console.warn('SKIPPED: pid namespaces are not permitted here');
const canPickPids = isRoot && mayWrite(LAST_PID);
if (isRoot && !canPickPids)
  console.warn('SKIPPED: the next pid cannot be picked here, numbers that come round are not tested');
if (!isRoot)
  console.warn('SKIPPED: not root, trees of other users and numbers that come round are not tested');
if (!hasTini) console.warn('SKIPPED: tini is not installed, an init above is not tested');

function mayWrite(path: string): boolean {
  try {
    writeFileSync(path, readFileSync(path));
    return true;
  } catch {
    // Root in an unprivileged container may not, and not every kernel has it.
    return false;
  }
}

interface Run extends Omit<SpawnedRun, 'startTicks'> {
  readonly startTicks: number;
  readonly tree: RunTree;
}
const trees: RunTree[] = [];

function start(command: readonly string[], { mark = MARK, env = {} } = {}): Run {
  const run = spawnRun({
    definition: { command: [...command], cwd: '/tmp' },
    env: { PATH: process.env['PATH'] ?? '', ...env, ...markVariables(mark) },
    stdio: [output, output],
  });
  const startTicks = run.startTicks();
  const tree = new RunTree({ leader: run.pid, startTicks, mark });
  trees.push(tree);
  return { ...run, startTicks, tree };
}
const shell = (script: string, more: { mark?: RunMark; env?: Record<string, string> } = {}): Run =>
  start(['sh', '-c', script], more);
const sorted = (pids: number[]): number[] => pids.toSorted((a, b) => a - b);
/** What forks or starts another program just then is left to the next call. */
const end = (tree: RunTree): Promise<true> =>
  eventually(() => {
    tree.kill();
    return tree.members().length === 0;
  });
const gone = (tree: RunTree): Promise<true> => eventually(() => tree.members().length === 0);

afterEach(async () => {
  await Promise.all(trees.splice(0).map(end));
  const left = scanMarked(INSTANCE);
  if (left.length > 0) throw new Error(`left behind: ${JSON.stringify(left)}`);
});

describe('the members of a tree', () => {
  it('are the leader and its children, the leader first', async () => {
    const file = scratchPath('child');
    const { pid, tree } = shell(`sh -c 'echo $$ > ${file}; exec sleep 1000' & wait`);
    const child = await pidFrom(file);
    expect(tree.members()).toEqual([pid, child]);
    expect(tree.leaderAlive()).toBe(true);
  });

  it('are nobody once a leader without children has ended', async () => {
    const { tree, exited } = start(['true']);
    expect(await exited).toEqual({ exitCode: 0, signal: null });
    expect([tree.members(), tree.leaderAlive()]).toEqual([[], false]);
  });

  it('are found after a double fork into a session of their own, at once when the leader has ended', async () => {
    for (let round = 0; round < 20; round++) {
      const { tree, exited } = shell('(setsid sleep 1000 & setsid setsid sleep 1000 &); exit 3');
      expect(await exited).toEqual({ exitCode: 3, signal: null });
      // One of them forks once more, so for a moment they are three.
      expect(tree.members().length).toBeGreaterThanOrEqual(2);
      await end(tree);
    }
  });

  it.skipIf(!hasPerl)('are found in a process group of their own', async () => {
    const file = scratchPath('group');
    const { tree, exited } = shell(
      `perl -e 'setpgrp; exec "sh", "-c", "echo \\$\\$ > ${file}; exec sleep 1000"' & while ! [ -s ${file} ]; do sleep 0.01; done`,
    );
    const member = await pidFrom(file);
    await exited;
    expect(readProcessRow(member)?.group).toBe(member);
    expect(tree.members()).toEqual([member]);
  });

  it('are found in a session of their own and without an environment while their parent lives, and ever after', async () => {
    const file = scratchPath('cleared');
    const { tree, pid, exited } = shell(
      `env -i setsid sh -c 'echo $$ > ${file}; while :; do sleep 0.05; done' & wait`,
    );
    const cleared = await pidFrom(file);
    tree.remember();
    process.kill(pid, 'SIGKILL');
    await exited;
    expect(tree.members()).toContain(cleared);
    await end(tree);
    expect(isAlive(cleared)).toBe(false);
  });

  it('are found where a thread that is not the first started them', async () => {
    const file = scratchPath('thread');
    const program = `
      const { Worker } = require('node:worker_threads');
      new Worker(\`require('node:child_process').spawn('sh', ['-c', 'echo $$ > ${file}; exec sleep 1000'],
        { env: {}, detached: true, stdio: 'ignore' }); setInterval(() => {}, 1000)\`, { eval: true });`;
    const { tree, pid } = start([process.execPath, '-e', program]);
    expect(tree.members()).toContain(pid);
    const child = await pidFrom(file);
    expect(tree.members()).toEqual([pid, child]);
  });

  it.skipIf(!hasPerl)('are no zombies', async () => {
    const file = scratchPath('zombie');
    const { tree, pid } = start([
      'perl',
      '-e',
      'my $pid = fork; exit unless $pid; open my $file, ">", $ARGV[0]; print $file $pid; close $file; sleep 1000',
      file,
    ]);
    const zombie = await pidFrom(file);
    await eventually(() => readProcessRow(zombie)?.zombie);
    expect(tree.members()).toEqual([pid]);
  });

  it('are neither those of another process nor of an older run', async () => {
    const mine = start(['sleep', '1000']);
    const older = start(['sleep', '1000'], { mark: { ...MARK, run: 0 } });
    const other = start(['sleep', '1000'], { mark: { ...MARK, name: 'db' } });
    const stranger = start(['sleep', '1000'], { mark: { ...MARK, instanceId: `${INSTANCE}-2` } });
    for (const { tree, pid } of [mine, older, other, stranger]) expect(tree.members()).toEqual([pid]);
    mine.tree.kill();
    await mine.exited;
    for (const { tree, pid } of [older, other, stranger]) expect(tree.members()).toEqual([pid]);
  });

  it('are those of a pidnap in the tree, also when it was killed and left them behind', async () => {
    const file = scratchPath('inner');
    const inner = markVariables({ instanceId: 'inner', name: 'web', run: 7 }, markVariables(MARK));
    const assignments = Object.entries(inner).map(([name, value]) => `${name}='${value}'`);
    const { tree, pid, exited } = shell(
      `env ${assignments.join(' ')} setsid sh -c 'echo $$ > ${file}; exec sleep 1000' & wait`,
    );
    const innerChild = await pidFrom(file);
    expect(tree.members()).toContain(innerChild);
    // Not remembered: the mark alone tells.
    const another = new RunTree({
      leader: pid,
      startTicks: readProcessRow(pid)?.startTicks ?? 0,
      mark: MARK,
    });
    process.kill(pid, 'SIGKILL');
    await exited;
    expect(another.members()).toEqual([innerChild]);
  });

  it('are nobody where the number of the leader means somebody else', async () => {
    const { pid, startTicks, tree } = start(['sleep', '1000']);
    const earlier = new RunTree({ leader: pid, startTicks: startTicks - 1, mark: { ...MARK, run: 0 } });
    expect(earlier.members()).toEqual([]);
    expect([earlier.signal('SIGTERM', 'leader'), earlier.signal('SIGTERM', 'group')]).toEqual([false, false]);
    earlier.kill();
    expect(tree.members()).toEqual([pid]);
  });

  it.skipIf(!canPickPids)(
    'are nobody when the number of the leader and its group came round again',
    async () => {
      const { pid, startTicks, tree, exited } = start(['true']);
      await exited;
      const stranger = await eventually(() => {
        // The kernel gives the next number after this one.
        writeFileSync(LAST_PID, String(pid - 1));
        const child = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true });
        // In the same hundredth of a second nobody could tell them apart; the numbers never come round that fast.
        if (child.pid === pid && readProcessRow(pid)?.startTicks !== startTicks) return child;
        child.kill('SIGKILL');
        return undefined;
      });
      try {
        expect(tree.members()).toEqual([]);
        expect(tree.signal('SIGKILL', 'group')).toBe(false);
        tree.kill();
        expect(isAlive(pid)).toBe(true);
      } finally {
        stranger.kill('SIGKILL');
        await once(stranger, 'exit');
      }
    },
  );
});

describe('a signal', () => {
  it('to the leader, the group or the tree reaches just them', async () => {
    const files = ['leader', 'group', 'tree'].map(scratchPath);
    const script = (file: string): string =>
      `trap "echo got >> ${file}.got" USR1; echo $$ > ${file}; while :; do sleep 0.02; done`;
    const [leader = '', group = '', session = ''] = files;
    const { tree } = shell(
      `sh -c '${script(group)}' & setsid sh -c '${script(session)}' & ${script(leader)}`,
    );
    await Promise.all(files.map(pidFrom));
    const got = (): number[] =>
      files.map(
        (file) => readFileSync(`${file}.got`, { encoding: 'utf8', flag: 'a+' }).split('got').length - 1,
      );
    const expected = [
      ['leader', [1, 0, 0]],
      ['group', [2, 1, 0]],
      ['tree', [3, 2, 1]],
    ] as const;
    for (const [scope, counts] of expected) {
      expect(tree.signal('SIGUSR1', scope)).toBe(true);
      await eventually(
        () => String(got()) === String(counts),
        () => `${scope}: ${String(got())}`,
      );
    }
  });

  it('says when there is nobody to get it', async () => {
    const { tree, exited } = start(['true']);
    await exited;
    for (const scope of ['leader', 'group', 'tree'] as const)
      expect(tree.signal('SIGTERM', scope)).toBe(false);
  });

  it('ends what is frozen once it goes on, and SIGKILL at once', async () => {
    const { tree, pid, exited } = shell('sleep 1000 & wait');
    await eventually(() => tree.members().length === 2);
    tree.signal('SIGSTOP', 'tree');
    tree.signal('SIGTERM', 'tree');
    tree.signal('SIGCONT', 'tree');
    await exited;
    await gone(tree);
    const frozen = start(['sleep', '1000']);
    frozen.tree.signal('SIGSTOP', 'leader');
    frozen.tree.kill();
    expect(await frozen.exited).toEqual({ exitCode: null, signal: 'SIGKILL' });
    expect(isAlive(pid)).toBe(false);
  });
});

describe('a kill', () => {
  it('ends what ignores every other signal, in the group, the session, beside them and below a dead parent', async () => {
    const files = ['a', 'b', 'c', 'd'].map(scratchPath);
    const stubborn = (file: string): string =>
      `sh -c 'trap "" TERM INT HUP; echo $$ > ${file}; while :; do sleep 0.05; done'`;
    const [a = '', b = '', c = '', d = ''] = files;
    const { tree, pid } = shell(
      `${stubborn(a)} & (setsid ${stubborn(b)} &) & (${stubborn(c)} &); setsid sh -c "env -i PATH=$PATH ${stubborn(d).replaceAll('$$', '\\$\\$').replaceAll('"', '\\"')} & wait" & wait`,
    );
    const pids = [pid, ...(await Promise.all(files.map(pidFrom)))];
    expect(sorted(tree.members())).toEqual(expect.arrayContaining(sorted(pids)));
    await end(tree);
    expect(pids.map(isAlive)).toEqual(pids.map(() => false));
  });

  it.skipIf(!canStorm)('catches up with a tree that forks while it is being killed', async () => {
    const file = scratchPath('storm');
    const { tree } = start(['perl', '-e', FORK_STORM, file]);
    await pidFrom(file);
    await eventually(() => {
      tree.kill();
      return scanMarked(INSTANCE).length === 0;
    });
  });

  it.skipIf(!isRoot)('tells whom it may not end: a process of another user', async () => {
    const { pid, startTicks } = start(['sleep', '1000']);
    const program = `
      import { RunTree } from ${JSON.stringify(join(import.meta.dirname, 'process-tree.ts'))};
      process.setgroups([]), process.setgid(65534), process.setuid(65534);
      const tree = new RunTree({ leader: ${pid}, startTicks: ${startTicks}, mark: ${JSON.stringify(MARK)} });
      const before = tree.members();
      tree.kill();
      console.log(JSON.stringify([before, tree.members(), tree.beyondReach()]));`;
    // It becomes another user once it is loaded: the repository may be closed to others.
    const asNobody = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
      encoding: 'utf8',
    });
    expect(asNobody.stdout.trim() || asNobody.stderr).toBe(JSON.stringify([[pid], [], [pid]]));
    expect(isAlive(pid)).toBe(true);
  });
});

describe('after a death of pidnap', () => {
  it('everything with its mark is found by one look, the leaders as such', async () => {
    const file = scratchPath('left');
    const web = shell(`(setsid sleep 1000 & echo $! > ${file}); exec sleep 1000`);
    const db = start(['sleep', '1000'], { mark: { ...MARK, name: 'db', run: 4 } });
    start(['sleep', '1000'], { mark: { ...MARK, instanceId: `${INSTANCE}-2` } });
    const left = await pidFrom(file);
    await eventually(() => scanMarked(INSTANCE).length === 3);
    const rows = scanMarked(INSTANCE).toSorted((a, b) => a.pid - b.pid);
    const row = (pid: number, name: string, run: number) => ({
      pid,
      name,
      run,
      startTicks: readProcessRow(pid)?.startTicks,
      isSessionLeader: true,
    });
    expect(rows).toEqual(
      [row(web.pid, 'web', 1), row(db.pid, 'db', 4), row(left, 'web', 1)].toSorted((a, b) => a.pid - b.pid),
    );
  });

  it('a sweep ends older runs and unknown processes, and nobody else', async () => {
    const older = start(['sleep', '1000'], { mark: { ...MARK, run: 1 } });
    const current = start(['sleep', '1000'], { mark: { ...MARK, run: 2 } });
    const removed = start(['sleep', '1000'], { mark: { ...MARK, name: 'removed' } });
    const stopped = start(['sleep', '1000'], { mark: { ...MARK, name: 'stopped' } });
    const helper = start(['sleep', '1000'], { mark: { ...MARK, name: 'web:probe', run: 2 } });
    const stranger = start(['sleep', '1000'], { mark: { ...MARK, instanceId: `${INSTANCE}-2` } });
    const runs = new Map([
      ['web', 2],
      ['stopped', null],
    ]);
    expect(sweepOlderRuns(INSTANCE, runs)).toBe(3);
    await Promise.all([older, removed, stopped].map(({ exited }) => exited));
    expect([current, helper, stranger].map(({ pid }) => isAlive(pid))).toEqual([true, true, true]);
    expect(sweepOlderRuns(INSTANCE, runs)).toBe(0);
  });
});

describe('orphans are found', () => {
  const inNamespace = ['unshare', '--pid', '--fork', '--mount', '--mount-proc', 'sh', '-c'];
  const node = `'${process.execPath}' '${HUNT}'`;
  const asNobody = 'HUNT_AS=65534';
  const subreaper = `syscall(${process.arch === 'arm64' ? 167 : 157}, 36, 1, 0, 0, 0) == 0 or die; exec @ARGV`;
  it.each<[string, boolean, string[], { support: string; sessions: number; at: 'parent' | 'self' | 1 }]>([
    ['by process 1', true, [process.execPath, HUNT], { support: 'children', sessions: 2, at: 1 }],
    [
      'by a subreaper above pidnap',
      hasTini,
      ['tini', '-s', '--', process.execPath, HUNT],
      { support: 'children', sessions: 2, at: 'parent' },
    ],
    [
      'by pidnap, when it is a subreaper itself',
      hasPerl,
      ['perl', '-e', subreaper, process.execPath, HUNT],
      { support: 'children', sessions: 2, at: 'self' },
    ],
    [
      'by pidnap as process 1',
      canUnshare,
      [...inNamespace, `exec ${node}`],
      { support: 'children', sessions: 2, at: 1 },
    ],
    [
      'in a pid namespace',
      canUnshare,
      [...inNamespace, `${node}; true`],
      { support: 'children', sessions: 2, at: 1 },
    ],
    [
      'where the processes of others are hidden',
      canUnshare && isRoot,
      [...inNamespace, `mount -o remount,hidepid=2 /proc && ${asNobody} ${node}; true`],
      { support: 'children', sessions: 2, at: 1 },
    ],
  ])('%s', async (_where, possible, command, expected) => {
    if (!possible) return expect(possible).toBe(false);
    // Under the test itself an init of the machine may be the subreaper: only what was put there on purpose is compared.
    const [file = '', ...args] = command;
    const told = spawnSync(file, args, { encoding: 'utf8' });
    const answer = JSON.parse(told.stdout || `"${told.stderr}"`) as Record<string, unknown>;
    const { at, ...rest } = expected;
    expect(answer).toMatchObject({ ...rest, left: 0 });
    if (at !== 1) expect(answer['parents']).toContain(answer[at]);
  });

  it.skipIf(!canUnshare)('by the group alone where /proc is that of another pid namespace', () => {
    const told = spawnSync(
      'unshare',
      ['--pid', '--fork', 'sh', '-c', `${node} 'sleep 1000 & sleep 1000 & exit 0'; true`],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(told.stdout)).toMatchObject({ support: 'none', found: 1, left: 0 });
  });
});

describe('a spawn', () => {
  const attempt =
    (command: string[], cwd = '/', path = '/usr/bin:/bin') =>
    () =>
      spawnRun({ definition: { command, cwd }, env: { PATH: path }, stdio: [output, output] });

  it('gives the process a session, a group and the two outputs', async () => {
    const file = scratchPath('output');
    const fds: [number, number] = [openSync(`${file}.out`, 'w'), openSync(`${file}.err`, 'w')];
    const { pid, startTicks, exited } = spawnRun({
      definition: { command: ['sh', '-c', 'echo out; echo err >&2; pwd; read line || exit 5'], cwd: '/tmp' },
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: fds,
    });
    const ticks = startTicks();
    expect(readProcessRow(pid)).toMatchObject({ group: pid, session: pid, startTicks: ticks });
    expect(ticks).toBeGreaterThan(0);
    expect(await exited).toEqual({ exitCode: 5, signal: null });
    expect(readFileSync(`${file}.out`, 'utf8')).toBe('out\n/tmp\n');
    expect(readFileSync(`${file}.err`, 'utf8')).toBe('err\n');
  });

  it('that fails says what is missing', () => {
    const dir = scratchPath('spawn');
    mkdirSync(join(dir, 'dir'), { recursive: true });
    const file = (name: string, text: string, mode: number): string => {
      writeFileSync(join(dir, name), text);
      chmodSync(join(dir, name), mode);
      return join(dir, name);
    };
    const plain = file('plain', 'echo', 0o644);
    const script = file('script', '#!/nowhere/interpreter\n', 0o755);
    expect(attempt(['true'], join(dir, 'no'))).toThrow(`cwd ${dir}/no does not exist`);
    expect(attempt(['true'], plain)).toThrow(`cwd ${plain} is not a directory`);
    expect(attempt(['no-such-program'])).toThrow('no-such-program is in none of PATH=/usr/bin:/bin');
    expect(attempt(['true'], '/', '')).toThrow('true is in none of PATH=');
    expect(attempt(['./missing'], dir)).toThrow('./missing does not exist');
    expect(attempt([`${plain}/x`])).toThrow(`${plain}/x does not exist`);
    expect(attempt(['plain'], '/', dir)).toThrow(`${plain} is not executable`);
    expect(attempt(['./dir'], dir)).toThrow(`${dir}/dir is a directory`);
    expect(attempt([script])).toThrow('its interpreter (the first line) is missing');
    expect(attempt(['true', 'x'.repeat(3_000_000)])).toThrow('its arguments and environment are too long');
  });

  it('and an end, a thousand times, leave no descriptor, no zombie and no memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const cycles = async (count: number): Promise<void> => {
      for (let cycle = 0; cycle < count; cycle++) {
        const { tree, exited } = start(['true'], { mark: { ...MARK, run: cycle } });
        await exited;
        await gone(tree);
        trees.pop();
      }
    };
    const state = () => {
      collect();
      return {
        descriptors: readdirSync('/proc/self/fd').length,
        zombies: readProcessTable().filter(({ parent, zombie }) => zombie && parent === process.pid).length,
        heap: process.memoryUsage().heapUsed,
      };
    };
    await cycles(100);
    const before = state();
    await cycles(1000);
    const after = state();
    expect(after).toMatchObject({ descriptors: before.descriptors, zombies: 0 });
    expect(after.heap - before.heap).toBeLessThan(1_000_000);
  });
});
