// Makes the package that is published: plain JavaScript for Node 20 and later. `node scripts/bundle.ts FOLDER`
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { DATASET_MODULE } from '../src/binding/module-source.ts';

const PACKAGE = path.join(import.meta.dirname, '..');
const ENTRIES = ['main', 'index', 'miniflare', 'miniflare-plugin', 'alchemy', 'sql'];

/** Writes the package into a folder: its only dependency is chdb. */
export async function bundlePackage(folder: string): Promise<void> {
  const dist = path.join(folder, 'dist');
  await mkdir(dist, { recursive: true });
  await build({
    entryPoints: ENTRIES.map((name) => path.join(PACKAGE, 'src', `${name}.ts`)),
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['chdb', 'esbuild'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  await build({ ...DATASET_MODULE, outfile: path.join(dist, 'dataset.js') });
  await chmod(path.join(dist, 'main.js'), 0o755);
  await copyFile(path.join(PACKAGE, 'README.md'), path.join(folder, 'README.md'));
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(await manifest(), null, 2)}\n`);
}

async function manifest(): Promise<object> {
  const { version, description } = await readJson(path.join(PACKAGE, 'package.json'));
  const chdb = await readJson(path.join(PACKAGE, 'node_modules/chdb/package.json'));
  return {
    name: 'local-analytics-engine',
    version,
    description,
    type: 'module',
    bin: { 'local-analytics-engine': 'dist/main.js' },
    exports: {
      '.': './dist/index.js',
      './miniflare': './dist/miniflare.js',
      './alchemy': './dist/alchemy.js',
      './sql': './dist/sql.js',
    },
    files: ['dist'],
    engines: { node: '>=20' },
    dependencies: { chdb: chdb.version },
  };
}

async function readJson(file: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
}

if (import.meta.main) await bundlePackage(path.resolve(process.argv[2] ?? 'dist'));
