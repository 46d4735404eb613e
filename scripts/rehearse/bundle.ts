import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { activeVersion, type CloudflareServer, type UploadMetadata } from '@fettle/cloudflare-server';

/** A Worker exactly as it was uploaded. */
export type Bundle = {
  metadata: UploadMetadata;
  modules: { name: string; type: string; bytes: Uint8Array }[];
  /** Static files by their path. */
  assets: Record<string, Uint8Array>;
};

/** What a release is kept with, besides its modules. */
type ReleaseFile = {
  version: string;
  commit: string;
  date: string;
  metadata: UploadMetadata;
  modules: { name: string; type: string; sha256: string; file: string }[];
};

/** The Worker that answers now at the server. */
export function uploadedBundle(server: CloudflareServer, scriptName: string): Bundle {
  const script = server.account.scripts[scriptName];
  if (script === undefined) throw new Error(`${scriptName} was not uploaded`);
  const { metadata, modules, assets } = activeVersion(script);
  return {
    metadata,
    modules: modules.map(({ name, type, sha256 }) => ({ name, type, bytes: server.blob(sha256) })),
    assets: Object.fromEntries(Object.entries(assets ?? {}).map(([file, hash]) => [file, server.blob(hash)])),
  };
}

/** Bytes of everything that counts, compressed as Cloudflare counts them; a source map is no part of it. */
export function compressedSize({ modules }: Bundle): number {
  return modules
    .filter(({ type }) => type !== 'application/source-map')
    .reduce((sum, { bytes }) => sum + gzipSync(bytes, { level: 9 }).byteLength, 0);
}

/** Keeps a bundle as a release, without source map and without the texts of its secrets. */
export function writeRelease(
  folder: string,
  bundle: Bundle,
  facts: Pick<ReleaseFile, 'version' | 'commit' | 'date'>,
): void {
  mkdirSync(folder, { recursive: true });
  const modules = bundle.modules
    .filter(({ type }) => type !== 'application/source-map')
    .map(({ name, type, bytes }) => {
      const file = `${name.replaceAll('/', '_')}.gz`;
      writeFileSync(path.join(folder, file), gzipSync(bytes, { level: 9 }));
      return { name, type, sha256: sha256(bytes), file };
    });
  const metadata = {
    ...bundle.metadata,
    bindings: bundle.metadata.bindings.map((binding) =>
      binding.type === 'secret_text' ? { ...binding, text: '(secret)' } : binding,
    ),
    assets: undefined,
  };
  const file: ReleaseFile = { ...facts, metadata, modules };
  writeFileSync(path.join(folder, 'release.json'), `${JSON.stringify(file, null, 2)}\n`);
}

/** A kept release: what it uploads, and what it is. */
export type Release = Bundle & Pick<ReleaseFile, 'version' | 'commit' | 'date'>;

/**
 * The newest kept release that is another one than `now`: what is upgraded from. When `now` was just released, that is the
 * release before. `null`: there is none.
 */
export function previousRelease(releases: string, now: Bundle): Release | null {
  const digests = ({ modules }: Bundle) =>
    modules
      .filter(({ type }) => type !== 'application/source-map')
      .map(({ name, bytes }) => `${name} ${sha256(bytes)}`)
      .join('\n');
  const versions = readdirSync(releases).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const version of versions.toReversed()) {
    const release = readRelease(path.join(releases, version));
    if (digests(release) !== digests(now)) return release;
  }
  return null;
}

/** A release as it was kept. Throws when a module is not what was kept. */
export function readRelease(folder: string): Release {
  const file = path.join(folder, 'release.json');
  if (!existsSync(file)) throw new Error(`there is no release in ${folder}`);
  const { metadata, modules, ...facts } = JSON.parse(readFileSync(file, 'utf8')) as ReleaseFile;
  return {
    ...facts,
    metadata,
    assets: {},
    modules: modules.map(({ name, type, sha256: digest, file: packed }) => {
      const bytes = gunzipSync(readFileSync(path.join(folder, packed)));
      if (sha256(bytes) !== digest) throw new Error(`${packed} of release ${facts.version} was changed`);
      return { name, type, bytes };
    }),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
