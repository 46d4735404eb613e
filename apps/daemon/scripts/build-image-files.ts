import { bundleProgram } from '@fettle/pidnap/bundle';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** One bundled program. */
export type BuiltFile = {
  /** Absolute. */
  path: string;
  /** SHA-256 of the content, hex. Equal sources and dependencies give equal content. */
  sha256: string;
};

/** Builds `runtime.cjs`, the program of the machine image, into a folder. Needs nothing but Node 24 and git to run. */
export async function buildRuntime(outDir: string): Promise<BuiltFile> {
  return bundle('src/runtime/main.ts', join(outDir, 'runtime.cjs'));
}

/** Builds `daemon.cjs`, the program of the platform repository, into a folder. */
export async function buildDaemon(outDir: string): Promise<BuiltFile> {
  return bundle('src/daemon/main.ts', join(outDir, 'daemon.cjs'));
}

async function bundle(entry: string, outFile: string): Promise<BuiltFile> {
  await bundleProgram({ folder: PACKAGE, entry, outFile });
  const sha256 = createHash('sha256')
    .update(await readFile(outFile))
    .digest('hex');
  return { path: outFile, sha256 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = resolve(process.argv[2] ?? join(PACKAGE, 'dist'));
  for (const { path, sha256 } of await Promise.all([buildRuntime(outDir), buildDaemon(outDir)])) {
    console.log(`${sha256}  ${path}`);
  }
}
