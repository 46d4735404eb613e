import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';
import workerd from 'workerd';
import { moduleSource } from '../../src/binding/module-source.ts';

/** What a binding did with an event. */
export type Outcome = {
  /** What `writeDataPoint` threw, or that it returned something; `null` when neither. */
  thrown: string | null;
  /** Columns that are not empty and not 0; `null` when nothing was sent. */
  written: Record<string, string | number> | null;
};

/** A workerd with both bindings, and a server that takes what they send. */
export type Comparison = {
  outcomes(event: string): Promise<{ native: Outcome; local: Outcome }>;
  close(): Promise<void>;
};

/** Starts both. `workerd`'s own binding tells of a refusal in its log, where production throws: both count as thrown. */
export async function compareBindings(): Promise<Comparison> {
  const heard = new Mailbox();
  const sink = await startSink(heard);
  const folder = await mkdtemp(path.join(tmpdir(), 'fettle-native-'));
  await build({
    entryPoints: [path.join(import.meta.dirname, 'worker.ts')],
    outfile: path.join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    logLevel: 'warning',
  });
  await writeFile(path.join(folder, 'dataset.js'), moduleSource());
  await writeFile(path.join(folder, 'config.capnp'), configOf((sink.address() as AddressInfo).port));

  const child = spawn(workerd, ['serve', '--experimental', '--verbose', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  createInterface({ input: child.stderr! }).on('line', (line) => {
    const thrown = /jsg\.(TypeError: writeDataPoint.*)$/.exec(line)?.[1];
    if (thrown !== undefined) heard.put({ from: 'native', outcome: { thrown, written: null } });
  });
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const message = JSON.parse(line) as { event: string; port?: number };
      if (message.event === 'listen') resolve(message.port!);
    });
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code} before it listened`)));
  });

  return {
    async outcomes(event) {
      const response = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(event)}`);
      const thrown = (await response.json()) as Record<Side, string | null>;
      const outcomeOf = async (side: Side): Promise<Outcome> =>
        thrown[side] === null ? heard.take(side) : { thrown: thrown[side], written: null };
      return { native: await outcomeOf('native'), local: await outcomeOf('local') };
    },
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      sink.closeAllConnections();
      sink.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Side = 'native' | 'local';
type Message = { from: Side; outcome: Outcome };

/** What was heard from the bindings, and who waits for it. */
class Mailbox {
  readonly #messages: Message[] = [];
  readonly #waiting: { from: Side; give: (outcome: Outcome) => void }[] = [];

  put(message: Message): void {
    const i = this.#waiting.findIndex(({ from }) => from === message.from);
    if (i === -1) this.#messages.push(message);
    else this.#waiting.splice(i, 1)[0]!.give(message.outcome);
  }

  take(from: Side): Promise<Outcome> {
    const i = this.#messages.findIndex((message) => message.from === from);
    if (i !== -1) return Promise.resolve(this.#messages.splice(i, 1)[0]!.outcome);
    return new Promise((give) => this.#waiting.push({ from, give }));
  }
}

async function startSink(heard: Mailbox): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
      const from = request.url === '/ingest/d' ? 'local' : 'native';
      const written = from === 'local' ? readLocal(body) : readNative(body);
      heard.put({ from, outcome: { thrown: null, written } });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** workerd sends the message that production logs, texts as arrays of bytes. */
function readNative(body: unknown): Record<string, string | number> {
  const columns = Object.entries(body as Record<string, number[] | number | string>)
    .filter(([name]) => /^(index|blob|double)\d+$/.test(name))
    .map(([name, value]) => [name, Array.isArray(value) ? latin1(Uint8Array.from(value)) : value] as const);
  return keepFilled(columns);
}

function readLocal(body: unknown): Record<string, string | number> {
  const { points } = body as { points: { indexes?: unknown[]; blobs?: unknown[]; doubles?: unknown[] }[] };
  const { indexes = [], blobs = [], doubles = [] } = points[0]!;
  return keepFilled([
    ...indexes.map((text, i) => [`index${i + 1}`, readText(text)] as const),
    ...blobs.map((text, i) => [`blob${i + 1}`, readText(text)] as const),
    ...doubles.map((number, i) => [`double${i + 1}`, number as number] as const),
  ]);
}

function readText(text: unknown): string {
  if (text === null) return '';
  if (typeof text === 'string') return latin1(Buffer.from(text));
  return latin1(Buffer.from((text as { base64: string }).base64, 'base64'));
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function keepFilled(columns: (readonly [string, string | number])[]): Record<string, string | number> {
  return Object.fromEntries(columns.filter(([, value]) => value !== '' && value !== 0));
}

function configOf(sinkPort: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "sink", external = (address = "127.0.0.1:${sinkPort}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  extensions = [(modules = [(name = "local:dataset", esModule = embed "dataset.js", internal = true)])],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-07-01",
  bindings = [
    (name = "NATIVE", analyticsEngine = "sink"),
    (name = "LOCAL", wrapped = (moduleName = "local:dataset", innerBindings = [
      (name = "dataset", json = "\\"d\\""),
      (name = "token", json = "\\"t\\""),
      (name = "engine", service = "sink"),
    ])),
  ],
);
`;
}
