import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { evidenceBundle, machineView, projectView, T0 } from '../../test/builders.ts';
import { operator, serveContract } from '../../test/contract-server.ts';
import { fettleAt } from '../../test/run-fettle.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { EXIT } from '../failure.ts';

/** Slot web-1, whose first machine left a bundle with work and whose second left one without. */
async function serveEvidence(outcome = 'the work was brought back as uncommitted changes') {
  const restored: unknown[] = [];
  const [slot] = projectView().slots;
  const bundles = [
    evidenceBundle(),
    evidenceBundle({ machineId: 'demo.web-1.7', id: '3', takenAt: T0 + 60_000, work: [] }),
  ];
  const url = await serveContract(
    {
      projects: {
        get: operator.projects.get.handler(() =>
          projectView({ slots: [{ ...slot!, machines: ['demo.web-1.7', 'demo.web-1.1'] }] }),
        ),
      },
      machines: {
        evidence: operator.machines.evidence.handler(({ input }) =>
          bundles.filter(({ machineId }) => machineId === input.machineId),
        ),
        get: operator.machines.get.handler(() => machineView()),
        events: operator.machines.events.handler(() => [
          { at: T0 + 1000, kind: 'action', message: outcome },
          { at: T0 - 1000, kind: 'action', message: 'restore-work was not taken: an earlier one' },
        ]),
        restoreWork: operator.machines.restoreWork.handler(({ input }) => {
          restored.push(input);
          return { accepted: true, message: 'work is being restored' };
        }),
      },
    },
    (file, token) => {
      if (!file.startsWith('/api/v1/evidence/')) return null;
      if (token !== 'Bearer x') return { status: 401, body: '{}' };
      return file === '/api/v1/evidence/demo.web-1.1/12/logs.txt'
        ? { status: 200, body: 'the last words\n' }
        : { status: 404, body: JSON.stringify({ message: 'There is no such evidence' }) };
    },
  );
  return { url, restored };
}

test('the bundles of a slot are those of all its machines, the newest first', async () => {
  const { url } = await serveEvidence();
  const { stdout } = await fettleAt(url, 'evidence', 'list', 'web-1');
  expect(stdout).toMatch(/demo\.web-1\.7\/3 [\s\S]*demo\.web-1\.1\/12 /);
});

test('one part goes to stdout as it is, or into a folder', async () => {
  const { url } = await serveEvidence();
  const part = ['evidence', 'get', 'web-1', '12', '--part', 'logs.txt'];
  expect((await fettleAt(url, ...part)).stdout).toBe('the last words');
  const folder = path.join(temporaryFolder(), 'out');
  expect((await fettleAt(url, ...part, '--out', folder)).exitCode).toBe(EXIT.ok);
  expect(readFileSync(path.join(folder, 'logs.txt'), 'utf8')).toBe('the last words\n');
});

test.each([
  ['that was never collected', ['--part', 'changes.diff'], 'holds no changes.diff: git did not answer'],
  ['that the store lost', ['--part', 'work-customer.bundle'], 'There is no such evidence'],
])('a part %s is a failure that says why', async (_, options, words) => {
  const { url } = await serveEvidence();
  const { exitCode, stderr } = await fettleAt(url, 'evidence', 'get', 'web-1', '12', ...options);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(EXIT.failed);
});

test('work is restored from the newest bundle that holds any, also that of an earlier machine', async () => {
  const { url, restored } = await serveEvidence();
  const { stdout, exitCode } = await fettleAt(url, 'work', 'restore', 'web-1');
  expect(restored).toEqual([{ machineId: 'demo.web-1.7', from: 'demo.web-1.1', evidence: '12' }]);
  expect(stdout).toBe('demo.web-1.7: the work was brought back as uncommitted changes (demo.web-1.1/12)');
  expect(exitCode).toBe(EXIT.ok);
});

test('work that does not fit is a failure that says why', async () => {
  const { url } = await serveEvidence('restore-work was not taken: notes.txt has changes of its own');
  const { stderr, exitCode } = await fettleAt(url, 'work', 'restore', 'web-1');
  expect(stderr).toContain('notes.txt has changes of its own\n  the checkouts are as they were');
  expect(exitCode).toBe(EXIT.failed);
});
