import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Script } from './script.ts';

/** A folder with everything that workerd needs to run these scripts, each in a class of its own. */
export async function workerFolder(scripts: readonly Script[], killerUrl: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fettle-conformance-'));
  await mkdir(path.join(folder, 'storage'));
  await build({
    stdin: { contents: entryOf(scripts), resolveDir: import.meta.dirname, loader: 'ts' },
    outfile: path.join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['cloudflare:*'],
    logLevel: 'warning',
  });
  await writeFile(path.join(folder, 'config.capnp'), configOf(folder, scripts.length, killerUrl));
  return folder;
}

function entryOf(scripts: readonly Script[]): string {
  const classes = scripts.map(
    (script, number) =>
      `export class Script${number} extends scriptedClass(${number}, ${JSON.stringify(script)}) {}`,
  );
  return [
    `import { scriptedClass, worker } from './workers/scripted-worker.ts';`,
    ...classes,
    'export default worker;',
  ].join('\n');
}

function configOf(folder: string, count: number, killerUrl: string): string {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const namespaces = numbers.map(
    (number) => `    (name = "SCRIPT_${number}", durableObjectNamespace = "Script${number}"),`,
  );
  const objects = numbers.map(
    (number) => `    (className = "Script${number}", uniqueKey = "Script${number}", enableSql = true),`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["private"])),
    (name = "storage", disk = (path = ${JSON.stringify(path.join(folder, 'storage'))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-07-01",
  bindings = [
    (name = "KILLER_URL", text = ${JSON.stringify(killerUrl)}),
    (name = "STARTS", fromEnvironment = "STARTS"),
${namespaces.join('\n')}
  ],
  durableObjectNamespaces = [
${objects.join('\n')}
  ],
  durableObjectStorage = (localDisk = "storage"),
);
`;
}
