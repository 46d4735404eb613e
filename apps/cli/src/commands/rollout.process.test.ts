import type { Rollout } from '@fettle/contract/rollout';
import { expect, test } from 'vitest';
import { projectView, quarantine, rollout, T0, versions, wave } from '../../test/builders.ts';
import { operator, serveContract } from '../../test/contract-server.ts';
import { fettleAt } from '../../test/run-fettle.ts';
import { EXIT } from '../failure.ts';

/** A project whose rollout is in the next of `states` at every look; it stays in the last. */
async function serveRollout(states: readonly Rollout[]) {
  const asked: unknown[] = [];
  let looks = 0;
  const url = await serveContract({
    projects: {
      refreshCode: operator.projects.refreshCode.handler(({ input }) => {
        asked.push(input);
        return projectView({ rollout: rollout() });
      }),
      get: operator.projects.get.handler(() =>
        projectView({ rollout: states[Math.min(looks++, states.length - 1)] ?? null }),
      ),
    },
  });
  return { url, asked };
}

const WANTED = ['--customer', 'main', '--image', 'sha256:abcd', '--slots', 'web-1,web-2'];

test('a rollout is asked for as the options say, and followed to its good end', async () => {
  const good = wave({ endedAt: T0, outcome: 'good' });
  const done = rollout({ state: 'done', waves: [good], waiting: [], endedAt: T0, message: 'all run it' });
  const { url, asked } = await serveRollout([rollout(), done]);
  const { exitCode, stdout } = await fettleAt(url, 'rollout', 'start', ...WANTED, '--wait');
  expect(asked).toEqual([
    { project: 'demo', refs: { customer: 'main' }, image: 'sha256:abcd', slots: ['web-1', 'web-2'] },
  ]);
  expect(stdout).toMatch(/wave 1: web-1\n.*wave 1 good after 1m00s\n.*done: all run it\n/);
  expect(exitCode).toBe(EXIT.ok);
});

test('a rollout that went back is no success, and says why', async () => {
  const reverted = rollout({ state: 'reverted', endedAt: T0, message: 'web-1 got sick with it' });
  const { url } = await serveRollout([rollout(), reverted]);
  const { exitCode, stderr } = await fettleAt(url, 'rollout', 'start', '--customer', 'main', '--wait');
  expect(stderr).toContain('rollout 3 was reverted: web-1 got sick with it');
  expect(exitCode).toBe(EXIT.notHealthy);
});

test.each([
  [['rollout', 'start'], 'nothing to roll out'],
  [
    ['rollout', 'start', '--customer', '--upload-pack=x'],
    '--customer: expected a branch, a tag or a commit hash',
  ],
  [['rollout', 'start', '--image', 'no such'], '--image: expected the name, the reference or the hash'],
  [['rollout', 'start', '--image', 'x', '--slots', 'web-1,Web'], '"Web" is no slot'],
  [['pin', 'web-1'], "required option '--reason <text>' not specified"],
])('%j is refused before anything is sent', async (args, words) => {
  const { exitCode, stderr } = await fettleAt('http://127.0.0.1:9', ...args);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(EXIT.usage);
});

test('versions are put into quarantine and let out of it by the beginning of a hash', async () => {
  const asked: unknown[] = [];
  const bad = quarantine();
  const view = projectView({ quarantines: [bad] });
  const remember = (input: unknown) => (asked.push(input), view);
  const url = await serveContract({
    projects: {
      get: operator.projects.get.handler(() => view),
      quarantine: operator.projects.quarantine.handler(({ input }) => remember(input)),
      liftQuarantine: operator.projects.liftQuarantine.handler(({ input }) => remember(input)),
    },
  });
  await fettleAt(url, 'quarantine', 'add', '2222', '--reason', 'slow');
  await fettleAt(url, 'quarantine', 'lift', 'bbbb', '--reason', 'mended');
  expect(asked).toEqual([
    { project: 'demo', versions: versions(), reason: 'slow' },
    { project: 'demo', versions: bad.versions, reason: 'mended' },
  ]);
  const { stderr } = await fettleAt(url, 'quarantine', 'lift', '2222', '--reason', 'mended');
  expect(stderr).toContain('no versions that 2222 names');
});
