import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readRelease } from './bundle.ts';

const releases = path.resolve(import.meta.dirname, '../../releases');

test.each(readdirSync(releases))('release %s is whole, and names no folder outside of the tree', (version) => {
  const release = readRelease(path.join(releases, version));
  expect(release.version).toBe(version);
  const texts = release.modules.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
  expect(texts.flatMap((text) => text.match(/^\/\/ (?:\.\.|\/).*$/gm) ?? [])).toEqual([]);
});
