import { expect, it } from 'vitest';
import { checkSettings } from './engine-settings.ts';

const RIGHT = { folder: 'data', token: 'secret', accountId: '0' };

it('options that work are taken', () => {
  checkSettings(RIGHT);
  checkSettings({ ...RIGHT, port: 0, retentionDays: 3650, sample: null, queriesPerMinute: null });
  checkSettings({ ...RIGHT, sample: {} });
});

it.each([
  [{ folder: '' }, 'folder: expected a path'],
  [{ token: '' }, 'token: expected ASCII characters without white space'],
  [{ token: 'naïve' }, 'token: expected ASCII characters without white space'],
  [{ accountId: 'a/b' }, 'accountId: expected letters, digits, _ or -'],
  [{ port: 65_536 }, 'port: expected a whole number from 0 to 65535'],
  [{ retentionDays: 0 }, 'retentionDays: expected a whole number from 1 to 3650'],
  [{ retentionDays: 1.5 }, 'retentionDays: expected a whole number from 1 to 3650'],
  [{ retentionDays: Number.NaN }, 'retentionDays: '],
  [{ sample: { fullRate: 0 } }, 'sample.fullRate: expected a whole number from 1 to 1000000'],
])('options that cannot work are refused by name: %j', (wrong, message) => {
  expect(() => checkSettings({ ...RIGHT, ...wrong })).toThrow(TypeError);
  expect(() => checkSettings({ ...RIGHT, ...wrong })).toThrow(message);
});
