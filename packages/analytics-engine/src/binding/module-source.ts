import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as Esbuild from 'esbuild';

/**
 * The module behind the bindings, as one file of JavaScript: workerd takes no more than one. The published package
 * brings it bundled; in the sources it is bundled here, by esbuild.
 */
export function moduleSource(): string {
  if (!import.meta.url.endsWith('.ts')) return readFileSync(new URL('./dataset.js', import.meta.url), 'utf8');
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  const { outputFiles } = buildSync({ ...DATASET_MODULE, write: false });
  return outputFiles![0]!.text;
}

/** How the module is bundled. */
export const DATASET_MODULE: Esbuild.BuildOptions = {
  entryPoints: [fileURLToPath(new URL('./dataset.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  external: ['cloudflare-internal:*'],
  logLevel: 'warning',
};
