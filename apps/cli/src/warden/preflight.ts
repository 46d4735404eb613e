import { execa } from 'execa';
import { mkdir, statfs } from 'node:fs/promises';
import http from 'node:http';
import { CliFailure, EXIT } from '../failure.ts';
import { diskFull } from './run-step.ts';

/** Three machines with checkouts, the image and storage need less; a fuller disk fails at the worst moment. */
const NEEDED_BYTES = 500 * 1024 * 1024;
const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Throws when git cannot be run. */
export async function checkGit(): Promise<void> {
  const { failed } = await execa('git', ['--version'], { reject: false, timeout: 10_000 });
  if (!failed) return;
  throw new CliFailure(EXIT.missingTool, 'git is needed and was not found on the PATH', {
    hint: 'install git and run this again',
  });
}

/** Throws when there is too little room below the folder, which is made if it is not there. */
export async function checkDisk(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < NEEDED_BYTES) throw diskFull();
}

/** Where a Docker Engine is looked for: DOCKER_HOST, or the default socket. */
export function dockerAddress(environment: Record<string, string | undefined>): string {
  return environment.DOCKER_HOST || `unix://${DEFAULT_SOCKET}`;
}

/** Throws when Docker was asked for and no engine answers there. */
export async function checkDocker(address: string): Promise<void> {
  if (await pingDocker(address)) return;
  throw new CliFailure(EXIT.noDocker, `no Docker Engine answers at ${address}`, {
    hint: 'start one, set DOCKER_HOST, or use --backend process',
  });
}

/** Whether an engine answers at `unix://PATH` or `tcp://HOST:PORT`; other forms cannot be asked and count as yes. */
export async function pingDocker(address: string): Promise<boolean> {
  const url = new URL(address);
  if (url.protocol !== 'unix:' && url.protocol !== 'tcp:' && url.protocol !== 'http:') return true;
  const where =
    url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 2375 };
  return new Promise((resolve) => {
    const request = http.get({ ...where, path: '/_ping', timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', () => resolve(false));
  });
}
