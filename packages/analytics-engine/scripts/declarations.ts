import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PACKAGE = path.join(import.meta.dirname, '..');
const TSC = path.join(PACKAGE, '../../node_modules/typescript/bin/tsc');

/** A module of ours that a declaration names. */
const OWN_MODULE = /(?<=from '|import\(['"])(\.[^'"]*)\.ts(?=['"])/g;

/**
 * Writes the declarations of modules of `src` into a folder, with those that they name and no others: what is internal
 * stays out of the package.
 */
export async function writeDeclarations(modules: readonly string[], folder: string): Promise<void> {
  const all = await mkdtemp(path.join(tmpdir(), 'declarations-'));
  try {
    const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', PACKAGE];
    execFileSync(process.execPath, [TSC, '--project', PACKAGE, ...options, '--outDir', all], {
      stdio: 'inherit',
    });
    const wanted = new Set(modules);
    for (const module of wanted) {
      const text = await readFile(path.join(all, 'src', `${module}.d.ts`), 'utf8');
      for (const [, named] of text.matchAll(OWN_MODULE)) {
        wanted.add(path.posix.join(path.posix.dirname(module), named!));
      }
      const file = path.join(folder, `${module}.d.ts`);
      await mkdir(path.dirname(file), { recursive: true });
      // The compiler leaves the names of sources in declarations, and there are no sources in the package.
      await writeFile(file, text.replaceAll(OWN_MODULE, '$1.js'));
    }
  } finally {
    await rm(all, { recursive: true, force: true });
  }
}
