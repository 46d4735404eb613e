import { BOOTSTRAP_PATH } from '@fettle/contract/boot-environment';
import { expect, test } from 'vitest';
import { bootstrapConfig } from '../../test/orders.ts';
import { bootstrapIn, placeOnHost } from './bootstrap-file.ts';

const MACHINE = 'fly.web.1';

test('the token is read from the file of the machine that asks', () => {
  expect(bootstrapIn([bootstrapConfig('web')], MACHINE)).toEqual({ token: 'bootstrap-token-of-web' });
  expect(bootstrapIn([], MACHINE)).toEqual({ token: null });
});

test.each([
  ['a file at another place', { guest_path: '/etc/passwd', raw_value: btoa('secret') }, 'files.0.guest_path'],
  ['no content', { guest_path: BOOTSTRAP_PATH }, 'files.0.raw_value'],
  ['no base64', { guest_path: BOOTSTRAP_PATH, raw_value: '{"secret"}' }, 'files.0.raw_value'],
  ['no JSON', { guest_path: BOOTSTRAP_PATH, raw_value: btoa('secret') }, 'files.0.raw_value'],
  ['the file of another machine', bootstrapConfig('other'), 'files.0.raw_value'],
])('%s is named without what it holds', (_what, file, wrong) => {
  const read = bootstrapIn([file], MACHINE);
  expect(read).toMatchObject({ wrong: expect.stringContaining(wrong) });
  expect(JSON.stringify(read)).not.toMatch(/secret|bootstrap-token/);
});

test('only the bootstrap file is at another place on a host', () => {
  expect(placeOnHost(BOOTSTRAP_PATH)).toBe('fettle/bootstrap.json');
  expect(placeOnHost('/tmp/fettle/other.json')).toBe('/tmp/fettle/other.json');
});
