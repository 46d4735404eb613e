import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { licencePage, unacceptedLicences } from './licence-page.ts';
import { shippedPackages, type ShippedPackage } from './shipped-packages.ts';

const root = path.resolve(import.meta.dirname, '../..');
const shipped = shippedPackages(root);

const some = (over: Partial<ShippedPackage> = {}): ShippedPackage => ({
  name: 'some',
  version: '1.0.0',
  licence: 'MIT',
  in: ['cli'],
  ...over,
});

test('everything that we ship has a licence that somebody has accepted', () => {
  expect(shipped.length).toBeGreaterThan(10);
  expect(unacceptedLicences(shipped)).toEqual([]);
});

test('a licence that nobody has accepted is told with its package', () => {
  const packages = [some(), some({ name: 'other', licence: 'AGPL-3.0' })];
  expect(unacceptedLicences(packages)).toEqual(['other@1.0.0: AGPL-3.0']);
});

test('a package that states no licence is not accepted', () => {
  expect(unacceptedLicences([some({ licence: 'not stated' })])).toHaveLength(1);
});

test('docs/licences.md is what `npm run licences` writes', () => {
  expect(readFileSync(path.join(root, 'docs/licences.md'), 'utf8')).toBe(licencePage(shipped));
});

test('what the control plane needs is found through what it needs', () => {
  const names = shipped.filter((one) => one.in.includes('control plane')).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['valibot', '@orpc/server', '@orpc/shared']));
  expect(names).not.toContain('vitest');
});
