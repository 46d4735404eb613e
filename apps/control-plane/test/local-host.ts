import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, mkdtemp, readdir, rm, truncate, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { HostBackend } from '@fettle/contract';
import { openCredentialDesk } from './credential-desk.ts';

const run = promisify(execFile);
const REPOSITORY = path.join(import.meta.dirname, '..', '..', '..');
const HOST_AGENT = path.join(REPOSITORY, 'apps/host-agent/src/main.ts');
const TOKEN = 'host-token-of-the-provider-suite';

/** A real host-agent with real images and repositories, in a folder of its own. */
export type LocalHost = {
  url: string;
  token: string;
  /** The image that new machines get, and an older one. */
  images: { newest: string; other: string };
  /** How many machines with this id the host has. */
  countMachines(machineId: string): Promise<number>;
  /** Cuts the end off every copy of a machine. */
  corruptCopies(machineId: string): Promise<void>;
  /** Ends the host-agent and removes all that it made. */
  close(): Promise<void>;
};

/**
 * Builds what machines are made from and starts a host-agent on it. `control`: where machines get their credentials and
 * report; unasked, somebody who gives them credentials and takes no reports.
 */
export async function startLocalHost(backend: HostBackend, control?: string): Promise<LocalHost> {
  const desk = control === undefined ? await openCredentialDesk() : null;
  const controlUrl = control ?? desk?.url ?? '';
  const root = await mkdtemp(path.join(tmpdir(), 'fettle-local-host-'));
  const place = {
    state: path.join(root, 'state'),
    repos: path.join(root, 'repos'),
    image: path.join(root, 'image'),
    otherImage: path.join(root, 'other-image'),
  };
  const hostId = `suite-${process.pid}-${backend}`;
  const tokenFile = path.join(root, 'token');
  await mkdir(place.repos);
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  await node(['apps/daemon/scripts/build-image-files.ts', place.image]);
  await node(['examples/main.ts', 'seed', place.repos, '--built-in', place.image]);
  await cp(place.image, place.otherImage, { recursive: true });
  await appendFile(path.join(place.otherImage, 'runtime.cjs'), '\n// another image\n');
  const identity = ['--state', place.state, '--host-id', hostId];
  const serve = (imageDir: string) => {
    const args = ['--backend', backend, '--control-url', controlUrl, '--repos', place.repos];
    args.push('--image-dir', imageDir, '--token-file', tokenFile);
    return spawn(process.execPath, [HOST_AGENT, 'serve', ...identity, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  // A host keeps the images that it was started with: the older one is there when the newest one is.
  const before = serve(place.otherImage);
  const other = await newestImage(await ready(before));
  await end(before);
  const agent = serve(place.image);
  const url = await ready(agent);
  return {
    url,
    token: TOKEN,
    images: { newest: await newestImage(url), other },
    async countMachines(machineId) {
      const machines = (await askHost(url, 'machines/list')) as { machineId: string }[];
      return machines.filter((one) => one.machineId === machineId).length;
    },
    async corruptCopies(machineId) {
      const folder = path.join(place.state, 'copies', machineId);
      for (const name of await readdir(folder)) {
        const file = path.join(folder, name);
        if (name.endsWith('.tar.gz')) await truncate(file, (await stat(file)).size - 1);
      }
    },
    async close() {
      await end(agent);
      await desk?.close();
      await node([HOST_AGENT, 'reset', ...identity]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function newestImage(url: string): Promise<string> {
  return ((await askHost(url, 'host/info')) as { image: string }).image;
}

/** Calls a procedure of a host-agent that takes no input. */
async function askHost(url: string, procedure: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${url}/rpc/${procedure}`, { method: 'POST', headers });
  return ((await response.json()) as { json: unknown }).json;
}

async function end(agent: ChildProcess): Promise<void> {
  const gone = once(agent, 'exit');
  agent.kill('SIGTERM');
  await gone;
}

async function node(args: string[]): Promise<void> {
  await run(process.execPath, args, { cwd: REPOSITORY });
}

function ready(agent: ChildProcess): Promise<string> {
  let complaints = '';
  agent.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    if (agent.stdout === null) return reject(new Error('The host-agent has no output'));
    createInterface({ input: agent.stdout }).once('line', (line) =>
      resolve((JSON.parse(line) as { apiUrl: string }).apiUrl),
    );
    agent.once('exit', (code) => reject(new Error(`The host-agent ended with ${code}: ${complaints}`)));
  });
}
