import { recorded } from '@fettle/core/testing/recorded';
import { Scenario } from '@fettle/core/testing/scenario';
import { execa } from 'execa';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { EXIT } from '../failure.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');

test('fettle replay reads one file from stdin, not two', async () => {
  const { stderr, exitCode } = await execa(
    process.execPath,
    [MAIN, 'replay', '--recording', '-', '--policy', '-'],
    { reject: false, stdin: 'ignore', timeout: 30_000 },
  );
  expect(stderr).toContain('--recording and --policy cannot both be read from stdin');
  expect(exitCode).toBe(EXIT.usage);
});

test('fettle replay tells from a file, without a fleet, what another policy would have done', async () => {
  const s = Scenario.healthy();
  s.machine.fail('web');
  s.runFor(600_000);
  const recording = path.join(temporaryFolder(), 'recording.json');
  const quicker = path.join(temporaryFolder(), 'policy.json');
  writeFileSync(
    recording,
    JSON.stringify({ format: 'fettle-recording', version: 1, recordedAt: s.now, ...recorded(s) }),
  );
  writeFileSync(quicker, JSON.stringify({ check: { unhealthyAfter: 1, goneAfter: 1 } }));
  const { stdout, exitCode } = await execa(
    process.execPath,
    [MAIN, 'replay', '--recording', recording, '--policy', quicker, '--json'],
    { reject: false, stdin: 'ignore', timeout: 30_000 },
  );
  const told = JSON.parse(stdout) as { divergedAt: number; agreement: { disagreements: unknown[] } };
  expect(told.agreement.disagreements).toEqual([]);
  expect(told.divergedAt).toEqual(expect.any(Number));
  expect(exitCode).toBe(EXIT.ok);
});
