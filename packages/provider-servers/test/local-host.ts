import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';

const REPOSITORY = path.join(import.meta.dirname, '..', '..', '..');
const HOST_AGENT = 'apps/host-agent/src/main.ts';
const node = execa({ cwd: REPOSITORY, node: true });

/** A real host-agent that runs plain processes, with a folder for whatever a test keeps beside it. */
export type LocalHost = {
  url: string;
  token: string;
  folder(name: string): string;
  /** The image that new machines are made from. */
  image(): Promise<string>;
  /** Ends all processes of a machine, as somebody else on the computer might. */
  kill(machineId: string): Promise<void>;
  close(): Promise<void>;
};

/** Builds what machines are made from and starts a host-agent on it. */
export async function startLocalHost(name: string): Promise<LocalHost> {
  const root = await mkdtemp(path.join(tmpdir(), 'fettle-provider-servers-'));
  const inRoot = (part: string) => path.join(root, part);
  const token = `host-token-of-the-provider-servers-${name}`;
  await mkdir(inRoot('repos'));
  await writeFile(inRoot('token'), token, { mode: 0o600 });
  await node`apps/daemon/scripts/build-image-files.ts ${inRoot('image')}`;
  await node`examples/main.ts seed ${inRoot('repos')} --built-in ${inRoot('image')}`;
  const hostId = `servers-${name}-${process.pid}`;
  const identity = ['--state', inRoot('state'), '--host-id', hostId];
  const agent = node({ buffer: false })(HOST_AGENT, [
    'serve',
    ...identity,
    '--backend',
    'process',
    '--control-url',
    'http://127.0.0.1:9',
    '--repos',
    inRoot('repos'),
    '--image-dir',
    inRoot('image'),
    '--token-file',
    inRoot('token'),
  ]);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: agent.stdout }).once('line', (line) =>
      resolve((JSON.parse(line) as { apiUrl: string }).apiUrl),
    );
    agent.then(() => reject(new Error('The host-agent ended')), reject);
  });
  return {
    url,
    token,
    folder: inRoot,
    async image() {
      const response = await fetch(`${url}/rpc/host/info`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{}',
      });
      return ((await response.json()) as { json: { image: string } }).json.image;
    },
    async kill(machineId) {
      const marks = `FETTLE_MACHINE_ID=${machineId}`;
      const script = `for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ 2>/dev/null | grep -qx "$1" && kill -9 "\${p#/proc/}"; done; true`;
      await execa({ reject: false })`sh -c ${script} sh ${marks}`;
    },
    async close() {
      agent.kill('SIGTERM');
      await agent.catch(() => undefined);
      await node(HOST_AGENT, ['reset', ...identity]);
      await rm(root, { recursive: true, force: true });
    },
  };
}
