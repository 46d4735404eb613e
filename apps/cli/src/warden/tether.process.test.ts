import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitForEnd, referTo } from '../processes/end-processes.ts';

const TETHER = path.join(import.meta.dirname, 'tether.ts');
const CHILD = 'console.log(process.pid); setInterval(() => undefined, 1000)';
/** Holds the other end of the child's stdin, as the warden does, and does nothing else. */
const OWNER = `
const { spawn } = require('node:child_process');
spawn(process.execPath, ['--import', ${JSON.stringify(TETHER)}, '-e', ${JSON.stringify(CHILD)}], {
  stdio: ['pipe', 'inherit', 'inherit'],
});
setInterval(() => undefined, 1000);
`;

test('a tethered process ends when its owner is killed outright', async () => {
  const owner = spawn(process.execPath, ['-e', OWNER], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void owner.kill('SIGKILL'));
  const [line] = await once(owner.stdout, 'data');
  const child = await referTo(Number(String(line)));
  expect(child).not.toBeNull();
  owner.kill('SIGKILL');
  expect(await waitForEnd([child!], 20_000)).toBe(true);
});

test('a tether alone does not keep a process running', async () => {
  const child = spawn(process.execPath, ['--import', TETHER, '-e', ''], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
