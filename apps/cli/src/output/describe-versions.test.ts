import { expect, test } from 'vitest';
import { machineView, quarantine, T0, versions } from '../../test/builders.ts';
import { describeVersions } from './describe-versions.ts';

test('what the machine runs is marked on every list that names it', () => {
  const text = describeVersions(machineView(), {
    proven: [{ versions: versions(), provenAt: T0 - 60_000, lastSeenAt: T0, slots: ['web-1', 'web-2'] }],
    quarantines: [quarantine()],
  });
  expect(text).toMatch(/^\* +p:1111111 c:2222222 +abcdef +1m00s ago +0s ago +web-1, web-2$/m);
  expect(text).toMatch(/^ +p:1111111 c:bbbbbbb +abcdef +1m30s +blame +demo\.web-1\.1, demo\.web-2\.1/m);
});

test('a project that has proven nothing and fears nothing has no list of it', () => {
  const text = describeVersions(machineView(), { proven: [], quarantines: [] });
  expect(text).not.toMatch(/PROVEN|QUARANTINED/);
});
