import { expect, test } from 'vitest';
import { projectView, quarantine, rollout, versions } from '../../test/builders.ts';
import { EXIT } from '../failure.ts';
import { knownVersions, matchVersions } from './match-versions.ts';

const PRESENT = versions();
const NEWER = versions({ customer: 'c'.repeat(40) });
const OTHER_IMAGE = versions({ image: 'sha256:fedcba' });

test('a project knows what its slots run, what a rollout brings, what is proven and what is in quarantine, each once', () => {
  const view = projectView({
    rollout: rollout({ versions: NEWER }),
    quarantines: [quarantine({ versions: OTHER_IMAGE })],
    proven: [{ versions: PRESENT, provenAt: 0, lastSeenAt: 0, slots: ['web-1'] }],
  });
  expect(knownVersions(view)).toEqual([PRESENT, NEWER, OTHER_IMAGE]);
});

test.each([
  ['the customer’s commit', ['cccc'], NEWER],
  ['the image, without the name of its algorithm', ['fedc'], OTHER_IMAGE],
  ['several of them together', ['1111', '2222', 'abcd'], PRESENT],
])('a set is named by the beginning of %s', (_, parts, expected) => {
  expect(matchVersions(parts, [PRESENT, NEWER, OTHER_IMAGE])).toEqual(expected);
});

test.each([
  ['none', ['9999'], 'knows no versions that 9999 names'],
  ['more than one', ['1111'], '1111 names 3 version sets; add the beginning of another hash'],
  ['too little', ['c'], '"c" is too short: expected at least 4 characters'],
])('what names %s is refused', (_, parts, message) => {
  expect(() => matchVersions(parts, [PRESENT, NEWER, OTHER_IMAGE])).toThrow(
    expect.objectContaining({
      exitCode: EXIT.usage,
      message: expect.stringContaining(message) as string,
    }) as Error,
  );
});
