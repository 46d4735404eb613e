import { execa } from 'execa';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { fleetFolder } from '../connection/fleet-state.ts';
import { EXIT } from '../failure.ts';
import { takeFleetLock, writeHolder } from '../warden/fleet-lock.ts';

const START = path.join(import.meta.dirname, 'main.ts');

async function start(args: string[], env: Record<string, string> = {}) {
  const { exitCode, stderr } = await execa(process.execPath, [START, ...args], {
    reject: false,
    env: { NO_COLOR: '1', ...env },
    stdin: 'ignore',
    timeout: 50_000,
  });
  return { exitCode, stderr };
}

test('a port that is taken is named, with the option that helps', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const { exitCode, stderr } = await start([
    '--state',
    temporaryFolder(),
    '--backend',
    'process',
    '--port',
    String(port),
  ]);
  expect(stderr).toContain(`port ${port} is taken by another program`);
  expect(stderr).toContain('--port');
  expect(exitCode).toBe(EXIT.portTaken);
});

test('without git nothing is started', async () => {
  const { exitCode, stderr } = await start(['--state', temporaryFolder()], { PATH: '/nowhere' });
  expect(stderr).toContain('git is needed');
  expect(exitCode).toBe(EXIT.missingTool);
});

test('Docker that was asked for and is not there is not replaced silently', async () => {
  const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const { exitCode, stderr } = await start(['--state', temporaryFolder(), '--backend', 'docker'], env);
  expect(stderr).toContain('no Docker Engine answers at unix:///nowhere/docker.sock');
  expect(exitCode).toBe(EXIT.noDocker);
});

test('a second start says who has the fleet, and where it is', async () => {
  const folder = fleetFolder(temporaryFolder());
  using lock = takeFleetLock(folder);
  expect(lock).not.toBeNull();
  await writeHolder(folder, { pid: 4711, url: 'http://127.0.0.1:8787', phase: 'running' });
  const { exitCode, stderr } = await start(['--state', folder.root]);
  expect(stderr).toContain('this fleet runs already (pid 4711, http://127.0.0.1:8787)');
  expect(exitCode).toBe(EXIT.alreadyRunning);
});

test('a wrong option is refused before anything is touched', async () => {
  const state = path.join(temporaryFolder(), 'state');
  const { exitCode, stderr } = await start(['--state', state, '--check-interval', 'soon']);
  expect(stderr).toContain('Expected seconds from 0.5 to 600.');
  expect(exitCode).toBe(EXIT.usage);
  expect(existsSync(state)).toBe(false);
});

test('a disk without room is told before anything is written to it', async ({ skip }) => {
  const disk = path.join(temporaryFolder(), 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    console.warn(
      '!! SKIPPED: a small disk cannot be mounted here; it takes root outside an unprivileged container',
    );
    return skip('mounting a small disk is not permitted here');
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', disk]));
  const { exitCode, stderr } = await start(['--state', path.join(disk, 'state')]);
  expect(stderr).toContain('the disk is full');
  expect(exitCode).toBe(EXIT.diskFull);
});
