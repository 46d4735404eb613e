import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Bundle, previousRelease, readRelease, writeRelease } from './bundle.ts';

const releases = path.resolve(import.meta.dirname, '../../releases');

test.each(readdirSync(releases))(
  'release %s is whole, and names no folder outside of the tree',
  (version) => {
    const release = readRelease(path.join(releases, version));
    expect(release.version).toBe(version);
    const texts = release.modules.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
    expect(texts.flatMap((text) => text.match(/^\/\/ (?:\.\.|\/).*$/gm) ?? [])).toEqual([]);
  },
);

test('a release is upgraded from the newest other one, by number and not by letters', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fettle-releases-'));
  try {
    for (const version of ['0.9.0', '0.10.0', '0.2.0'])
      writeRelease(path.join(folder, version), bundleOf(version), {
        version,
        commit: 'c'.repeat(40),
        date: '2026-01-01',
      });
    expect(previousRelease(folder, bundleOf('of now'))?.version).toBe('0.10.0');
    expect(previousRelease(folder, bundleOf('0.10.0'))?.version).toBe('0.9.0');
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    expect(previousRelease(folder, bundleOf('of now'))).toBeNull();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function bundleOf(text: string): Bundle {
  const { metadata } = readRelease(path.join(releases, '0.1.0'));
  const module = { name: 'worker.js', type: 'application/javascript+module', bytes: Buffer.from(text) };
  return { metadata, modules: [module], assets: {} };
}
