import { expect, test } from 'vitest';
import { evidenceBundle, T0 } from '../../test/builders.ts';
import { EXIT } from '../failure.ts';
import { newestWork, parseBundleName, pickBundle } from './find-bundles.ts';

const NEWEST = evidenceBundle({ machineId: 'demo.web-1.2', id: '7', takenAt: T0 + 9000, work: [] });
const OLDER = evidenceBundle();
const SAME_NUMBER = evidenceBundle({ machineId: 'demo.web-1.2', takenAt: T0 - 9000 });
const ALL = [NEWEST, OLDER, SAME_NUMBER];

test('a bundle is named by its machine and its number', () => {
  expect(parseBundleName('demo.web-1.1/12')).toEqual({ machineId: 'demo.web-1.1', id: '12' });
});

test.each(['', '12', 'web-1/12', 'demo.web-1.1/', 'demo.web-1.1/0', 'demo.web-1.1/1/2'])(
  '"%s" names no bundle',
  (text) => {
    expect(() => parseBundleName(text)).toThrow(expect.objectContaining({ exitCode: EXIT.usage }) as Error);
  },
);

test('nothing said is the newest; a number is enough where it is the only one', () => {
  expect(pickBundle(ALL, undefined)).toBe(NEWEST);
  expect(pickBundle(ALL, '7')).toBe(NEWEST);
  expect(pickBundle(ALL, 'demo.web-1.1/12')).toBe(OLDER);
});

test('a number of two machines is refused with both names', () => {
  expect(() => pickBundle(ALL, '12')).toThrow(
    expect.objectContaining({ hint: 'say which: demo.web-1.1/12 or demo.web-1.2/12' }) as Error,
  );
});

test('where there is nothing it says when evidence is collected', () => {
  expect(() => pickBundle([], undefined)).toThrow('there is no evidence');
  expect(() => pickBundle(ALL, '99')).toThrow('there is no bundle 99');
});

test('the newest work is that of the newest bundle that holds any', () => {
  expect(newestWork(ALL.toReversed())).toBe(OLDER);
  expect(newestWork([NEWEST])).toBeNull();
});
