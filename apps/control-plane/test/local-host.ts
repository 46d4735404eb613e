import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, truncate, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { HostBackend } from '@fettle/contract';

const run = promisify(execFile);
const REPOSITORY = path.join(import.meta.dirname, '..', '..', '..');
const HOST_AGENT = path.join(REPOSITORY, 'apps/host-agent/src/main.ts');
const TOKEN = 'host-token-of-the-provider-suite';

/** A real host-agent with real images and repositories, in a folder of its own. */
export type LocalHost = {
  url: string;
  token: string;
  corruptCopy(machineId: string, copyId: string): Promise<void>;
  /** Ends the host-agent and removes all that it made. */
  close(): Promise<void>;
};

/** Builds what machines are made from and starts a host-agent on it. */
export async function startLocalHost(backend: HostBackend): Promise<LocalHost> {
  const root = await mkdtemp(path.join(tmpdir(), 'fettle-local-host-'));
  const place = {
    state: path.join(root, 'state'),
    repos: path.join(root, 'repos'),
    image: path.join(root, 'image'),
  };
  const hostId = `suite-${process.pid}-${backend}`;
  const tokenFile = path.join(root, 'token');
  await mkdir(place.repos);
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  await node(['apps/daemon/scripts/build-image-files.ts', place.image]);
  await node(['examples/main.ts', 'seed', place.repos, '--built-in', place.image]);
  const identity = ['--state', place.state, '--host-id', hostId];
  const agent = spawn(
    process.execPath,
    [HOST_AGENT, 'serve', ...identity, '--backend', backend, '--control-url', 'http://127.0.0.1:9'].concat([
      '--repos',
      place.repos,
      '--image-dir',
      place.image,
      '--token-file',
      tokenFile,
    ]),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const url = await ready(agent);
  return {
    url,
    token: TOKEN,
    async corruptCopy(machineId, copyId) {
      const archive = path.join(place.state, 'copies', machineId, `${copyId}.tar.gz`);
      await truncate(archive, (await stat(archive)).size - 1);
    },
    async close() {
      const gone = once(agent, 'exit');
      agent.kill('SIGTERM');
      await gone;
      await node([HOST_AGENT, 'reset', ...identity]);
      await rm(root, { recursive: true, force: true });
    },
  };
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
