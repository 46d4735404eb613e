import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Bundles a program with everything it imports into one file that Node 24 runs. */
export async function bundleProgram(program: {
  /** Absolute; paths in the bundle's comments are relative to it, so that equal sources give equal bundles. */
  folder: string;
  /** The first module, relative to `folder`. */
  entry: string;
  /** Absolute; its folder is made. */
  outFile: string;
}): Promise<void> {
  await mkdir(dirname(program.outFile), { recursive: true });
  await build({
    absWorkingDir: program.folder,
    entryPoints: [program.entry],
    outfile: program.outFile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
    // Dependencies in CommonJS call `require` for Node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
}

/** Bundles the command line of pidnap, `run` included, as machines run it. */
export async function bundlePidnap(outFile: string): Promise<void> {
  await bundleProgram({ folder: join(import.meta.dirname, '..'), entry: 'src/main.ts', outFile });
}
