import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { formatGrant } from '../output/format-grant.ts';
import { grant } from './grant.ts';

test.each([
  ['admin@everywhere', { role: 'admin', organization: null, project: null }],
  ['viewer@acme', { role: 'viewer', organization: 'acme', project: null }],
  ['operator@acme/shop', { role: 'operator', organization: 'acme', project: 'shop' }],
])('%s is understood, and written the same', (text, expected) => {
  expect(grant(text, undefined)).toEqual([expected]);
  expect(grant(text, undefined).map(formatGrant)).toEqual([text]);
});

test('a second grant is added to the first', () => {
  const first = grant('viewer@acme', undefined);
  expect(grant('operator@acme/shop', first).map(formatGrant)).toEqual(['viewer@acme', 'operator@acme/shop']);
});

test.each([
  'admin',
  'admin@',
  '@acme',
  'root@acme',
  'nobody@acme',
  'viewer@Acme',
  'viewer@a/b/c',
  'viewer@a/',
])('"%s" is refused: a role without a place would hold everywhere', (text) => {
  expect(() => grant(text, undefined)).toThrow(InvalidArgumentError);
});
