import { recorded } from '@fettle/core/testing/recorded';
import { Scenario } from '@fettle/core/testing/scenario';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { RecordingFile } from './recording-file.ts';

/** The recording of a machine whose service failed. */
function recording() {
  const s = Scenario.healthy();
  s.machine.fail('web');
  s.runFor(600_000);
  return { format: 'fettle-recording', version: 1, recordedAt: s.now, ...recorded(s) };
}

test('what a machine leaves behind is read as it was written', () => {
  const written = recording();
  expect(v.parse(RecordingFile, JSON.parse(JSON.stringify(written)))).toEqual(written);
});

test.each([
  ['another file', { format: 'diary' }, 'expected "fettle-recording"'],
  ['a later version', { version: 2 }, 'expected 1'],
  ['looks that are not in order', { snapshots: recording().snapshots.toReversed() }, 'oldest first'],
  ['something that is no policy', { policy: { chek: {} } }, 'chek'],
])('%s is refused', (_, overrides, words) => {
  const { issues } = v.safeParse(RecordingFile, { ...recording(), ...overrides });
  expect(issues?.[0].message).toContain(words);
});
