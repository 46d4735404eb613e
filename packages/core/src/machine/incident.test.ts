import { describe, expect, test } from 'vitest';
import { incident, levelTry, MINUTE, SECOND, T0, verdict } from '../testing/builders.ts';
import {
  close,
  currentLevel,
  endTry,
  hold,
  lastTriedLevel,
  newIncident,
  relapse,
  withSkip,
  withTry,
} from './incident.ts';

const running = levelTry({ outcome: 'running', reason: null, endedAt: null });
const healed = levelTry({ outcome: 'healed', reason: 'healthy-again' });

test('a new incident begins with the first failed check and knows its cause', () => {
  const found = verdict('unhealthy', 'service-down');
  const { diagnosis } = incident();
  const opened = newIncident({ number: 3, firstFailedAt: T0 - MINUTE, now: T0, verdict: found, diagnosis });
  expect(opened).toEqual(
    incident({ number: 3, firstFailedAt: T0 - MINUTE, openedAt: T0, cause: found.findings }),
  );
});

describe('tries', () => {
  test('are added at the end, and nothing is held any more', () => {
    const held = hold(incident({ tries: [levelTry()] }), 'storm-guard', 'a storm', T0);
    expect(withTry(held, running)).toMatchObject({ held: null, tries: [levelTry(), running] });
  });

  test('that are passed over begin and end at once, as attempt 0', () => {
    const step = { level: 2, reason: 'no-known-good', message: 'nothing worked' } as const;
    for (const outcome of ['skipped', 'shadow'] as const)
      expect(withSkip(incident(), step, outcome, T0).tries).toEqual([
        { ...step, attempt: 0, outcome, startedAt: T0, endedAt: T0 },
      ]);
  });

  test('that were only watched end as what they are', () => {
    const watched = levelTry({ outcome: 'shadow', reason: 'shadow-mode', endedAt: null });
    const end = { outcome: 'failed', reason: 'still-unhealthy', message: 'web is down' } as const;
    expect(endTry(incident({ tries: [watched] }), end, T0 + SECOND).tries).toEqual([
      { ...watched, message: 'restart web: web is down', endedAt: T0 + SECOND },
    ]);
  });

  test('end with what became of them; only the one that runs ends', () => {
    const end = { outcome: 'failed', reason: 'still-unhealthy', message: 'web is down' } as const;
    const { tries } = endTry(incident({ tries: [levelTry(), running] }), end, T0 + SECOND);
    expect(tries).toEqual([
      levelTry(),
      { ...running, ...end, message: 'restart web: web is down', endedAt: T0 + SECOND },
    ]);
  });

  test('do not end when none runs', () => {
    const end = { outcome: 'failed', reason: null, message: 'stopped' } as const;
    expect(endTry(incident({ tries: [healed] }), end, T0).tries).toEqual([healed]);
  });
});

describe('a relapse', () => {
  test('takes back the last success', () => {
    const before = incident({ tries: [levelTry(), healed], healedAt: T0, healedBy: 1 });
    expect(relapse(before)).toMatchObject({
      healedAt: null,
      healedBy: null,
      tries: [{ reason: 'still-unhealthy' }, { outcome: 'failed', reason: 'relapsed' }],
    });
  });

  test('takes nothing back when nobody had healed it', () => {
    expect(relapse(incident({ tries: [levelTry()] })).tries).toEqual([levelTry()]);
    expect(relapse(incident()).tries).toEqual([]);
  });
});

describe('holding', () => {
  const held = hold(incident(), 'storm-guard', 'a storm', T0);

  test('says why and since when', () => {
    expect(held.held).toEqual({ reason: 'storm-guard', message: 'a storm', since: T0 });
  });

  test('for the same reason is the same incident: there is nothing to tell', () => {
    expect(hold(held, 'storm-guard', 'a storm', T0 + MINUTE)).toBe(held);
  });

  test('for the same reason in other words keeps the moment since when', () => {
    const again = hold(held, 'storm-guard', 'a bigger storm', T0 + MINUTE);
    expect(again.held).toEqual({ reason: 'storm-guard', message: 'a bigger storm', since: T0 });
  });

  test('for another reason begins anew', () => {
    expect(hold(held, 'not-the-machine', 'dark', T0 + MINUTE).held).toMatchObject({ since: T0 + MINUTE });
  });
});

test.each(['healed', 'bricked', 'cancelled'] as const)('an incident closes as %s', (outcome) => {
  const held = hold(incident(), 'storm-guard', 'a storm', T0);
  expect(close(held, outcome, T0 + MINUTE)).toEqual(incident({ outcome, closedAt: T0 + MINUTE }));
});

describe('the level of an incident', () => {
  test.each([
    ['before the first try', [], null, 0],
    ['of the try that runs', [levelTry(), { ...running, level: 2 as const }], 2, 2],
    ['of the last try', [levelTry(), levelTry({ level: 3 })], 3, 3],
    [
      'of a level that was passed over, which nobody tried',
      [levelTry({ level: 2, outcome: 'skipped' })],
      2,
      0,
    ],
    ['with skips after a try', [levelTry(), levelTry({ level: 2, outcome: 'skipped' })], 2, 1],
  ] as const)('%s', (_name, tries, level, tried) => {
    expect(currentLevel(incident({ tries: [...tries] }))).toBe(level);
    expect(lastTriedLevel(incident({ tries: [...tries] }))).toBe(tried);
  });
});
