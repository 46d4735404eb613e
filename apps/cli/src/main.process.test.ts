import { execa } from 'execa';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { EXIT } from './failure.ts';
import { findFreePort } from './warden/ports.ts';

const MAIN = path.join(import.meta.dirname, 'main.ts');

async function fettle(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args], {
    reject: false,
    env: { NO_COLOR: '1' },
    stdin: 'ignore',
    timeout: 30_000,
  });
  return { exitCode, stdout, stderr };
}

test('help is no failure and names every exit code', async () => {
  const { exitCode, stdout } = await fettle('--help');
  expect(exitCode).toBe(EXIT.ok);
  for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^ *${code}  `, 'm'));
});

test.each(['machine', 'services', 'logs', 'metrics', 'refresh', 'policy', 'drill', 'reset', 'start'])(
  '%s has a help of its own, with the options that all take',
  async (command) => {
    const { exitCode, stdout } = await fettle(command, '--help');
    expect(exitCode).toBe(EXIT.ok);
    expect(stdout).toContain(`Usage: fettle ${command}`);
    expect(stdout).toContain('--json');
  },
);

test('where no fleet was ever started it says how to start one', async () => {
  const { exitCode, stderr } = await fettle('--state', temporaryFolder(), 'machines');
  expect(stderr).toContain('no control plane is known here');
  expect(stderr).toContain('npm start');
  expect(exitCode).toBe(EXIT.notRunning);
});

test('a control plane that does not answer is named', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { exitCode, stderr } = await fettle('--url', url, '--token', 'x', 'machines');
  expect(stderr).toContain(`no control plane answers at ${url}`);
  expect(exitCode).toBe(EXIT.notRunning);
});

test('a file is checked before it is sent: the field and what was expected', async () => {
  const file = path.join(temporaryFolder(), 'policy.json');
  writeFileSync(file, JSON.stringify({ check: { intervalMs: 'often' } }));
  const { exitCode, stderr } = await fettle(
    '--url',
    'http://127.0.0.1:9',
    '--token',
    'x',
    'policy',
    'set',
    file,
  );
  expect(stderr).toContain('check.intervalMs');
  expect(stderr).toContain('number');
  expect(exitCode).toBe(EXIT.usage);
});

test.each([
  [['nope'], 'unknown command'],
  [['machine'], "missing required argument 'target'"],
  [['drill', '--fault', 'nope'], 'service-killed'],
  [['logs', 'web-1', 'web', '--tail', 'all'], 'Expected a whole number'],
])('%j is a wrong command line', async (args, words) => {
  const { exitCode, stderr } = await fettle(...args);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(EXIT.usage);
});

test('the faults of the drill can be listed for programs', async () => {
  const { stdout } = await fettle('drill', '--list', '--json');
  const faults = JSON.parse(stdout) as { name: string; level: number }[];
  expect(faults.map(({ level }) => level)).toEqual([0, 1, 1, 2, 2, 3, 4]);
});
