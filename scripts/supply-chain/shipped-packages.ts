// Which packages of others are in what we ship: the control plane, the machine's runtime, the host-agent, the CLI.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** A package of somebody else, and which of our programs have it. */
export type ShippedPackage = { name: string; version: string; licence: string; in: string[] };

type Manifest = {
  name: string;
  version: string;
  license?: string;
  /** How old manifests say it. */
  licenses?: { type: string }[];
  dependencies?: Record<string, string>;
};

/** What is shipped, by the folder of its package. Everything else in the repository is for development only. */
export const SHIPPED: Readonly<Record<string, string>> = {
  'control plane': 'apps/control-plane',
  'machine runtime': 'apps/daemon',
  'host-agent': 'apps/host-agent',
  cli: 'apps/cli',
  client: 'packages/client',
};

/**
 * Every package that the programs need when they run, with its licence as its own manifest says it, by name. Follows what is
 * installed; optional packages of a platform are left out, because none of the programs has one. Throws when a dependency
 * is not installed.
 */
export function shippedPackages(root: string): ShippedPackage[] {
  const found = new Map<string, ShippedPackage>();
  for (const [program, folder] of Object.entries(SHIPPED)) {
    const queue = [path.join(root, folder)];
    const seen = new Set<string>();
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const manifest = readManifest(at);
      if (!manifest.name.startsWith('@fettle/')) note(found, manifest, program);
      queue.push(...Object.keys(manifest.dependencies ?? {}).map((name) => folderOf(name, at)));
    }
  }
  return [...found.values()].toSorted(
    (a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'),
  );
}

function note(found: Map<string, ShippedPackage>, manifest: Manifest, program: string): void {
  const { name, version, license, licenses } = manifest;
  const licence = license ?? licenses?.map(({ type }) => type).join(' AND ') ?? 'not stated';
  const known = found.get(`${name}@${version}`) ?? { name, version, licence, in: [] };
  found.set(`${name}@${version}`, { ...known, in: [...known.in, program] });
}

/** The installed folder of a dependency, looked for where Node would: in each `node_modules` from here upwards. */
function folderOf(name: string, from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const place = path.join(folder, 'node_modules', name);
    if (existsSync(place)) return realpathSync(place);
    if (folder === path.dirname(folder)) throw new Error(`${name}, which ${from} needs, is not installed`);
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}
