import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** Everything that a deployment is made of: the Worker as one file, its static files, and what declares its resources. */
export async function deploymentSources(root: string): Promise<Uint8Array[]> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['apps/control-plane/src/worker.ts'],
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'silent',
  });
  const declarations = ['alchemy.run.ts', 'scripts/deploy/variables.ts', 'pnpm-lock.yaml'];
  return [
    ...outputFiles.map(({ contents }) => contents),
    ...declarations.map((file) => readFileSync(path.join(root, file))),
    ...filesBelow(path.join(root, 'apps/control-plane/assets')),
  ];
}

function filesBelow(folder: string): Uint8Array[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted()
    .flatMap((file) => [Buffer.from(path.relative(folder, file)), readFileSync(file)]);
}
