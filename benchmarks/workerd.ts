import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';

const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };

/** A workerd that runs several workers, each on a socket of its own. */
export type RunningWorkerd = { pid: number; url: (worker: string) => string };

/** What to run, and where. */
export type WorkerdOptions = {
  /** For bundles, configuration and storage; starting again in the same folder finds the same objects. */
  folder: string;
  /** Source files by name. */
  workers: Record<string, string>;
  /** Classes of objects with SQLite by their binding, for each worker that has any. */
  objects?: Record<string, Record<string, string>>;
  /** Text bindings of every worker. */
  texts: Record<string, string>;
  /** Told of the process before anything else can fail; whoever holds it ends it. */
  spawned: (child: ChildProcess) => void;
};

/** Bundles workers and starts one workerd on all of them, so that whatever disturbs it disturbs all alike. */
export async function startWorkerd(options: WorkerdOptions): Promise<RunningWorkerd> {
  const { folder, workers } = options;
  mkdirSync(path.join(folder, 'storage'), { recursive: true });
  await build({
    entryPoints: Object.entries(workers).map(([out, file]) => ({ in: file, out })),
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'warning',
  });
  writeFileSync(path.join(folder, 'config.capnp'), configOf(options));
  return restartWorkerd(options);
}

/** Starts it again on what is in the folder. */
export async function restartWorkerd({ folder, workers, spawned }: WorkerdOptions): Promise<RunningWorkerd> {
  const child = spawn(workerd, ['serve', '--experimental', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  spawned(child);
  const ports = await listening(child, Object.keys(workers));
  const { pid } = child;
  if (pid === undefined) throw new Error('workerd could not be started');
  return { pid, url: (worker) => `http://127.0.0.1:${ports.get(worker)}` };
}

function listening(child: ChildProcess, names: readonly string[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`workerd ended (${code}) before it listened`)));
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port: number };
      if (event === 'listen') ports.set(socket, port);
      if (names.every((name) => ports.has(name))) resolve(ports);
    });
  });
}

function configOf({ folder, workers, objects = {}, texts }: WorkerdOptions): string {
  const names = Object.keys(workers);
  const variables = Object.entries(texts).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  const services = names.map((name) => {
    const classes = Object.entries(objects[name] ?? {});
    const namespaces = classes.map(
      ([binding, className]) => `(name = "${binding}", durableObjectNamespace = "${className}")`,
    );
    const declared = classes.map(
      ([, className]) => `(className = "${className}", uniqueKey = "${name}-${className}", enableSql = true)`,
    );
    return `(name = "${name}", worker = (
      modules = [(name = "worker.js", esModule = embed "${name}.js")],
      compatibilityDate = "2026-07-01",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [${[...variables, ...namespaces].join(', ')}],
      durableObjectNamespaces = [${declared.join(', ')}],
      ${classes.length > 0 ? 'durableObjectStorage = (localDisk = "storage"),' : ''}
    )),`;
  });
  const sockets = names.map(
    (name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}"),`,
  );
  const storage = JSON.stringify(path.join(folder, 'storage'));
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["private"])),
    (name = "storage", disk = (path = ${storage}, writable = true)),
    ${services.join('\n')}
  ],
  sockets = [${sockets.join('\n')}],
);
`;
}
