import { expect, test } from 'vitest';
import { VERSIONS_SCRIPT } from './versions-script.ts';
import { WATCH_SCRIPT } from './watch-script.ts';

const NOW = 1_700_000_000_000;

type Words = [text: string, kind: string][];
const { rolloutWords, incidentWords } = new Function(
  `${WATCH_SCRIPT}${VERSIONS_SCRIPT}; return { rolloutWords, incidentWords };`,
)() as { rolloutWords: (view: object) => Words; incidentWords: (view: object) => Words };

const rollout = (overrides: object) =>
  rolloutWords({
    now: NOW,
    rollout: {
      number: 3,
      kind: 'refresh',
      state: 'running',
      waves: [{ outcome: 'good' }, { outcome: 'running' }],
      waiting: ['web-4'],
      message: 'wave 2: web-2, web-3',
      endedAt: null,
      ...overrides,
    },
  });

test('a rollout that goes on says how far it is', () => {
  expect(rollout({})).toEqual([
    ['Rollout 3 (refresh) running: 1 of 2 waves good, 1 waiting. wave 2: web-2, web-3', ''],
  ]);
});

test('one that went back stands out, and is shown for ten minutes', () => {
  const reverted = { state: 'reverted', waiting: [], message: 'web-2 got sick', endedAt: NOW - 30_000 };
  expect(rollout(reverted)).toEqual([
    ['Rollout 3 (refresh) reverted 30 s ago: 1 of 2 waves good. web-2 got sick', 'stale'],
  ]);
  expect(rollout({ ...reverted, endedAt: NOW - 601_000 })).toEqual([]);
  expect(rolloutWords({ now: NOW, rollout: null })).toEqual([]);
});

test('of the incidents of a project those are told that are open, with its machines', () => {
  const open = {
    message: '2 machines got sick with it',
    machines: ['demo.web-1.1', 'demo.web-2.1'],
    openedAt: NOW - 60_000,
    closedAt: null,
  };
  expect(incidentWords({ now: NOW, incidents: [open, { ...open, closedAt: NOW }] })).toEqual([
    ['Incident, opened 60 s ago: 2 machines got sick with it (demo.web-1.1, demo.web-2.1)', 'suspect'],
  ]);
});
