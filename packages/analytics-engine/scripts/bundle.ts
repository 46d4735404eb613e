// Makes the package that is published: plain JavaScript for Node 20 and later. `node scripts/bundle.ts FOLDER`
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { DATASET_MODULE } from '../src/binding/module-source.ts';
import { writeDeclarations } from './declarations.ts';

const PACKAGE = path.join(import.meta.dirname, '..');
/** What can be imported, by its name in `exports`. */
const EXPORTS = { '.': 'index', './miniflare': 'miniflare', './alchemy': 'alchemy', './sql': 'sql' };
const ENTRIES = ['main', 'miniflare-plugin', ...Object.values(EXPORTS)];

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
  await writeDeclarations(Object.values(EXPORTS), path.join(dist, 'types'));
  await mkdir(path.join(folder, 'docs'), { recursive: true });
  for (const text of ['README.md', 'docs/dialect.md']) {
    await copyFile(path.join(PACKAGE, text), path.join(folder, text));
  }
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
    exports: Object.fromEntries(
      Object.entries(EXPORTS).map(([name, module]) => [
        name,
        { types: `./dist/types/${module}.d.ts`, default: `./dist/${module}.js` },
      ]),
    ),
    files: ['dist', 'docs'],
    engines: { node: '>=20' },
    dependencies: { chdb: chdb.version },
  };
}

async function readJson(file: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
}

if (import.meta.main) await bundlePackage(path.resolve(process.argv[2] ?? 'dist'));
