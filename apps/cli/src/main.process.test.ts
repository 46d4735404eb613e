import { execa } from 'execa';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fettleAt } from '../test/run-fettle.ts';
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

test.each([
  'machine',
  'services',
  'logs',
  'metrics',
  'rollout start',
  'quarantine add',
  'evidence get',
  'work restore',
  'policy',
  'policy lint',
  'token create',
  'machine revoke',
  'audit verify',
  'project override-guard',
  'drill',
  'reset',
  'start',
])('%s has a help of its own, with the options that all take', async (command) => {
  const { exitCode, stdout } = await fettle(...command.split(' '), '--help');
  expect(exitCode).toBe(EXIT.ok);
  expect(stdout).toContain(`Usage: fettle ${command}`);
  expect(stdout).toContain('--json');
});

test('where no fleet was ever started it says how to start one', async () => {
  const { exitCode, stderr } = await fettle('--state', temporaryFolder(), 'machines');
  expect(stderr).toContain('no control plane is known here');
  expect(stderr).toContain('npm start');
  expect(exitCode).toBe(EXIT.notRunning);
});

test('a control plane that does not answer is named', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { exitCode, stderr } = await fettleAt(url, 'machines');
  expect(stderr).toContain(`no control plane answers at ${url}`);
  expect(exitCode).toBe(EXIT.notRunning);
});

test('a file is checked before it is sent: the field and what was expected', async () => {
  const file = path.join(temporaryFolder(), 'policy.json');
  writeFileSync(file, JSON.stringify({ check: { intervalMs: 'often' } }));
  const { exitCode, stderr } = await fettleAt('http://127.0.0.1:9', 'policy', 'set', file);
  expect(stderr).toContain('check.intervalMs');
  expect(stderr).toContain('number');
  expect(exitCode).toBe(EXIT.usage);
});

describe('fettle policy', () => {
  const fileWith = (content: unknown): string => {
    const file = path.join(temporaryFolder(), 'policy.json');
    writeFileSync(file, JSON.stringify(content));
    return file;
  };

  test('lint needs no fleet, and is content with a policy that contradicts nothing', async () => {
    const file = fileWith({ check: { intervalMs: 10_000 } });
    const { exitCode, stdout } = await fettle('policy', 'lint', file);
    expect(stdout).toBe(`${file}: no contradictions`);
    expect(exitCode).toBe(EXIT.ok);
  });

  test('lint tells every contradiction, to programs as well', async () => {
    const file = fileWith({ bakeMs: 60_000, check: { goneAfter: 9 } });
    const told = await fettle('policy', 'lint', file);
    expect(told.stdout).toMatch(/2 contradictions\n {2}check\.goneAfter is 9 .*\n {2}bakeMs is 1 min /);
    expect(told.exitCode).toBe(EXIT.usage);
    const { stdout, exitCode } = await fettle('policy', 'lint', file, '--json');
    const { contradictions } = JSON.parse(stdout) as { contradictions: { fields: string[] }[] };
    expect(contradictions.map(({ fields }) => fields[1])).toEqual([
      'check.unhealthyAfter',
      'report.lateAfterMs',
    ]);
    expect(exitCode).toBe(EXIT.usage);
  });

  test('set refuses a contradiction before anything is sent', async () => {
    const file = fileWith({ budgets: { substitutions: { max: 0 } } });
    const { exitCode, stderr } = await fettleAt('http://127.0.0.1:9', 'policy', 'set', file);
    expect(stderr).toContain(
      'a contradiction\n  budgets.substitutions.max is 0 and ladder is levels 1, 2, 3, 4',
    );
    expect(exitCode).toBe(EXIT.usage);
  });

  test('a field that does not exist is named with its path', async () => {
    const { stderr } = await fettle('policy', 'lint', fileWith({ check: { intervallMs: 1000 } }));
    expect(stderr).toContain('check.intervallMs: there is no such field');
  });
});

test.each([
  [['nope'], 'unknown command'],
  [['policy', 'lint'], "missing required argument 'file'"],
  [['project', 'override-guard', '--for', '10m'], "required option '--reason <text>' not specified"],
  [['project', 'override-guard', '--for', '2d', '--reason', 'x'], 'from 1s to 1d0h'],
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
  expect(faults.map(({ level }) => level)).toEqual([0, 1, 1, 2, 2, 3, 4, 2, 2]);
});
