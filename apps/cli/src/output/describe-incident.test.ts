import { expect, test } from 'vitest';
import { T0, incident, levelTry } from '../../test/builders.ts';
import { describeIncident, describeTry } from './describe-incident.ts';

test('a healed incident tells cause, tries and times', () => {
  const text = describeIncident(
    'demo.web-1.1',
    incident({
      tries: [
        levelTry({ level: 1, outcome: 'skipped', attempt: 0, message: 'pidnap does not answer' }),
        levelTry({ level: 3, message: 'healthy again' }),
      ],
      healedBy: 3,
    }),
  );
  expect(text).toBe(
    [
      'demo.web-1.1  incident 1  healed by level 3 after 6.0 s',
      '  first failed check 09:00:04, opened 09:00:05',
      '  found: web is failed (exit code 1)',
      '  where: service: Only web is at fault',
      '  level 1 skipped: pidnap does not answer',
      '  level 3, try 1: healed after 5.0 s: healthy again',
    ].join('\n'),
  );
});

test.each([
  [{ healedAt: null, closedAt: null, outcome: null, healedBy: null }, 'open'],
  [{ closedAt: null, outcome: null }, 'healed by level 1 after 6.0 s, settling'],
  [{ healedBy: 0 }, 'got well by itself after 6.0 s'],
  [{ outcome: 'bricked' as const }, 'given up (level 4)'],
  [{ outcome: 'cancelled' as const }, 'ended by an operator'],
])('%o is told as "%s"', (overrides, words) => {
  expect(describeIncident('m', incident(overrides)).split('\n')[0]).toBe(`m  incident 1  ${words}`);
});

test('what holds the recovery is told with since when', () => {
  const held = { reason: 'storm-guard' as const, message: '3 of 4 machines are sick', since: T0 };
  expect(describeIncident('m', incident({ held }))).toContain(
    'held since 09:00:00 (storm-guard): 3 of 4 machines are sick',
  );
});

test('a level that the policy only watches is told as what it would have been', () => {
  const one = levelTry({
    level: 3,
    outcome: 'shadow',
    reason: 'shadow-mode',
    message: 'restart the machine',
  });
  expect(describeTry(one)).toBe('level 3 would be tried (shadow mode): restart the machine');
  const passedOver = {
    ...one,
    attempt: 0,
    reason: 'pidnap-unreachable' as const,
    message: 'pidnap is silent',
  };
  expect(describeTry(passedOver)).toBe('level 3 would be skipped (shadow mode): pidnap is silent');
});
