import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockStateDir } from './state-lock.ts';

let dir: string;
let stateDir: string;
let children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pidnap-lock-'));
  stateDir = join(dir, 'state');
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(dir, { recursive: true, force: true });
});

/** Waits for the file `go`, takes the lock, says what came of it, and lives on, with a child of its own. */
const TAKER = `
  import { spawn } from 'node:child_process';
  import { existsSync } from 'node:fs';
  import { lockStateDir } from ${JSON.stringify(join(import.meta.dirname, 'state-lock.ts'))};
  const [stateDir, go] = process.argv.slice(1);
  console.log('ready');
  const take = () => {
    if (!existsSync(go)) return setImmediate(take);
    try {
      lockStateDir(stateDir);
      console.log('has it, with the child ' + spawn('sleep', ['1000'], { stdio: 'ignore' }).pid);
    } catch (error) {
      console.log(error.message);
    }
    setInterval(() => {}, 1000);
  };
  take();
`;

function startTaker(go: string) {
  const args = ['--input-type=module', '-e', TAKER, stateDir, go];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  return { child, next };
}

/** The child of a taker that has the lock. */
const childOf = (said: string): number => Number(/child (\d+)/.exec(said)?.[1]);

test('one of many that start in the same moment gets it, the others say who has it and where', async () => {
  for (let round = 0; round < 5; round++) {
    const go = join(dir, `go-${round}`);
    const takers = Array.from({ length: 5 }, () => startTaker(go));
    await Promise.all(takers.map(({ next }) => next()));
    writeFileSync(go, '');
    const said = await Promise.all(takers.map(({ next }) => next()));
    const winners = takers.filter((_taker, index) => said[index]?.startsWith('has it'));
    expect(winners).toHaveLength(1);
    const others = said.filter((line) => !line.startsWith('has it'));
    for (const line of others)
      expect(line).toMatch(new RegExp(`^pidnap with pid .* uses ${stateDir} already$`));
    // The next round finds what a killed holder leaves.
    await Promise.all(takers.map(async ({ child }) => (child.kill('SIGKILL'), once(child, 'close'))));
    process.kill(childOf(said.find((line) => line.startsWith('has it')) ?? ''), 'SIGKILL');
  }
});

test('a holder that is killed has it no more, whatever it leaves running and whoever gets its pid', async () => {
  const go = join(dir, 'go');
  writeFileSync(go, '');
  const { child, next } = startTaker(go);
  await next();
  const orphan = childOf(await next());
  expect(() => lockStateDir(stateDir)).toThrow(`pidnap with pid ${child.pid} uses ${stateDir} already`);
  child.kill('SIGKILL');
  await once(child, 'close');
  // The pid in the file is that of a live process now, as if it had come round again.
  writeFileSync(join(stateDir, 'pidnap.pid'), `${orphan}\n`);
  lockStateDir(stateDir).release();
  process.kill(orphan, 'SIGKILL');
});

test('a holder that is frozen has it still', async () => {
  const go = join(dir, 'go');
  writeFileSync(go, '');
  const { child, next } = startTaker(go);
  await next();
  const orphan = childOf(await next());
  child.kill('SIGSTOP');
  expect(() => lockStateDir(stateDir)).toThrow(/uses .* already/);
  process.kill(orphan, 'SIGKILL');
});

test('the directory is made, for its owner alone, and is free after a release', () => {
  const lock = lockStateDir(stateDir);
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  expect(() => lockStateDir(stateDir)).toThrow(`pidnap with pid ${process.pid} uses ${stateDir} already`);
  lock.release();
  lock.release();
  lockStateDir(stateDir).release();
  expect(existsSync(stateDir)).toBe(true);
});
