import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a program with everything it imports into one file that Node 24 runs.
 *
 * `.cjs` is for programs that must start fast and stay small. An ES module's `import` of `node:http` makes a copy of all
 * its exports, which loads the whole of `fetch` (20 ms, 6 MB), and in a bundle it does so for modules that are never
 * used; `require` does neither. White space goes as well, for all of it would be parsed; names stay, for stack traces.
 */
export async function bundleProgram(program: {
  /** Absolute; paths in the bundle's comments are relative to it, so that equal sources give equal bundles. */
  folder: string;
  /** The first module, relative to `folder`. */
  entry: string;
  /** Absolute, ends in `.cjs` or `.mjs`; its folder is made. */
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
    legalComments: 'none',
    logLevel: 'warning',
    ...(program.outFile.endsWith('.cjs') ? AS_COMMONJS : AS_ES_MODULE),
  });
}

const AS_COMMONJS = { format: 'cjs', minifyWhitespace: true, minifySyntax: true } as const;

const AS_ES_MODULE = {
  format: 'esm',
  // Dependencies in CommonJS call `require` for Node's own modules.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
} as const;

/** Bundles the command line of pidnap, `run` included, as machines run it; `outFile` ends in `.cjs`. */
export async function bundlePidnap(outFile: string): Promise<void> {
  await bundleProgram({ folder: join(import.meta.dirname, '..'), entry: 'src/main.ts', outFile });
}
