import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';

// The same whether a test runs this or Node itself.
const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };

const SOURCES = {
  shipped: '../../src/worker.ts',
  watched: './watched-worker.ts',
  recorded: './recorded-worker.ts',
  tampered: './tampered-worker.ts',
};

/** A workerd of our own, with its storage on disk. */
export type Workerd = {
  /** Base URL; another one after every start. */
  url: string;
  /** How often it was started. */
  starts: number;
  /** Ends it with SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Starts it again on the same storage; never a second one beside it. */
  start(): Promise<void>;
  /** Ends it and removes its storage. */
  close(): Promise<void>;
};

const bundles = new Map<keyof typeof SOURCES, Promise<Uint8Array>>();
const running = new Set<ChildProcess>();
// A test process that dies takes its workerds along.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Bundles the worker and starts workerd on it. */
export async function startWorkerd(options: {
  source: keyof typeof SOURCES;
  hostUrl: string;
  bindings: Record<string, string>;
}): Promise<Workerd> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fettle-workerd-'));
  await mkdir(path.join(folder, 'storage'));
  await writeFile(path.join(folder, 'worker.js'), await bundled(options.source));
  await writeFile(path.join(folder, 'config.capnp'), configOf(folder, options));
  let child: ChildProcess | null = null;

  const self: Workerd = {
    url: '',
    starts: 0,
    async start() {
      if (child !== null && child.exitCode === null && child.signalCode === null)
        throw new Error('workerd runs already');
      const started = spawn(workerd, ['serve', '--experimental', '--control-fd=3', 'config.capnp'], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      });
      child = started;
      running.add(started);
      self.starts += 1;
      self.url = `http://127.0.0.1:${await listening(started)}`;
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      running.delete(child);
    },
    async close() {
      await self.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await self.start();
  return self;
}

/** The worker as one file; made once for all that run it. */
function bundled(source: keyof typeof SOURCES): Promise<Uint8Array> {
  const made = bundles.get(source) ?? bundle(source);
  bundles.set(source, made);
  return made;
}

async function bundle(source: keyof typeof SOURCES): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, SOURCES[source])],
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'warning',
  });
  return outputFiles[0]!.contents;
}

/** The port that workerd found, from its control messages. */
function listening(child: ChildProcess): Promise<number> {
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
    if (process.env.DEBUG !== undefined) process.stderr.write(chunk);
  });
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const message = JSON.parse(line) as { event: string; port?: number };
      if (message.event === 'listen' && message.port !== undefined) resolve(message.port);
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`workerd ended (${code ?? signal}) before it listened: ${complaints}`)),
    );
  });
}

function configOf(
  folder: string,
  { hostUrl, bindings }: { hostUrl: string; bindings: Record<string, string> },
): string {
  const classes = {
    MACHINES: 'LocalDockerMachine',
    DAYTONA_MACHINES: 'DaytonaMachine',
    FLY_MACHINES: 'FlyMachine',
    PROJECTS: 'Project',
    DIRECTORY: 'Directory',
    OPERATORS: 'Operators',
  };
  const texts = Object.entries({ ...bindings, FETTLE_HOST_URL: hostUrl }).map(
    ([name, text]) => `    (name = "${name}", text = ${JSON.stringify(text)}),`,
  );
  const namespaces = Object.entries(classes).map(
    ([name, className]) => `    (name = "${name}", durableObjectNamespace = "${className}"),`,
  );
  const objects = Object.values(classes).map(
    (className) => `    (className = "${className}", uniqueKey = "${className}", enableSql = true),`,
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
  compatibilityFlags = ["nodejs_compat"],
  bindings = [
${[...texts, ...namespaces].join('\n')}
  ],
  durableObjectNamespaces = [
${objects.join('\n')}
  ],
  durableObjectStorage = (localDisk = "storage"),
);
`;
}
