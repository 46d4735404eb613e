import { expect, test } from 'vitest';
import { rollout, T0, versions, wave } from '../../test/builders.ts';
import { describeRollout, rolloutProgress, summarizeRollout } from './describe-rollout.ts';

test('a rollout tells what it brings, how each wave did, and who is left out', () => {
  const text = describeRollout(
    rollout({
      waves: [
        wave({ endedAt: T0 - 20_000, outcome: 'good' }),
        wave({ slots: ['web-2'], startedAt: T0 - 20_000 }),
      ],
      waiting: ['web-3'],
      skipped: [{ slot: 'web-4', reason: 'pinned: a demo' }],
      versions: versions(),
      message: 'wave 2 of 1 machine',
    }),
    T0,
  );
  expect(text.split('\n')).toEqual([
    'rollout 3 (refresh), running for 1m00s',
    '  wave 2 of 1 machine',
    '  to customer cccccccccccc, which is p:1111111 c:2222222',
    '  wave 1 good, 40s: web-1',
    '  wave 2 running, 20s: web-2',
    '  waiting: web-3',
    '  left out: web-4, pinned: a demo',
  ]);
});

test('on one line there is how far it is and why', () => {
  expect(summarizeRollout(rollout())).toBe(
    'rollout 3 (refresh), running: 0 of 1 waves good, 2 waiting; wave 1 of 1 machine',
  );
});

test('what is told of its progress is what is new, once', () => {
  const begun = rollout();
  const hurt = rollout({
    state: 'reverting',
    message: 'web-1 got sick',
    waves: [wave({ endedAt: T0, outcome: 'hurt' })],
  });
  const back = [wave({ startedAt: T0, endedAt: T0 + 5000, outcome: 'good' })];
  const over = { ...hurt, state: 'reverted' as const, back, endedAt: T0 + 5000 };
  expect(rolloutProgress(null, begun)).toEqual([
    'rollout 3 (refresh) to customer cccccccccccc',
    'wave 1: web-1',
  ]);
  expect(rolloutProgress(begun, begun)).toEqual([]);
  expect(rolloutProgress(begun, hurt)).toEqual(['wave 1 hurt after 1m00s', 'reverting: web-1 got sick']);
  expect(rolloutProgress(hurt, over)).toEqual([
    'back, wave 1: web-1',
    'back, wave 1 good after 5s',
    'reverted: web-1 got sick',
  ]);
});
