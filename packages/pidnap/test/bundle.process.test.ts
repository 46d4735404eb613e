import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { bundlePidnap } from '../scripts/bundle.ts';
import {
  TOKEN,
  eventually,
  freePort,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

const SOURCE = join(import.meta.dirname, '../src');
// The binary itself: the command in `.bin` is a wrapper, and ending it would leave workerd running.
const { default: WORKERD } = createRequire(import.meta.url)('workerd') as { default: string };

describe('one file for the image', () => {
  it('holds the whole of pidnap', async () => {
    const outfile = `${scratchPath('bundle')}.cjs`;
    await bundlePidnap(outfile);
    const config = `${scratchPath('config')}.json`;
    const stateDir = scratchPath('state');
    const web = { command: ['true'], cwd: '/', restart: 'never' };
    writeFileSync(config, JSON.stringify({ stateDir, processes: { web } }));
    const child = spawn(process.execPath, [outfile, 'run', '--config', config], {
      cwd: '/',
      stdio: 'ignore',
    });
    const socket = join(stateDir, 'pidnap.sock');
    const status = () =>
      spawnSync(process.execPath, [outfile, 'status', '--socket', socket], { encoding: 'utf8' });
    await eventually(
      () => status().stdout.includes('completed'),
      () => status().stderr,
    );
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('the client in workerd', () => {
  let pidnap: TestPidnap;
  let workerd: ChildProcess;
  afterEach(async () => {
    workerd.kill('SIGKILL');
    await pidnap.end();
  });

  it('commands a pidnap over fetch, typed errors and streams included, without anything of Node', async () => {
    pidnap = await startTestPidnap({ web: { command: ['sleep', '1000'], cwd: '/tmp' } });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    const dir = scratchPath('workerd');
    mkdirSync(dir);
    const port = await freePort();
    await build({
      stdin: { contents: WORKER(pidnap.url), resolveDir: SOURCE, loader: 'ts' },
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker'],
      outfile: join(dir, 'worker.mjs'),
    });
    expect(readFileSync(join(dir, 'worker.mjs'), 'utf8')).not.toMatch(/from\s*"node:|require\("node:/);
    writeFileSync(join(dir, 'config.capnp'), WORKERD_CONFIG(port));
    workerd = spawn(WORKERD, ['serve', join(dir, 'config.capnp')], { stdio: 'inherit' });
    const answer = await eventually(() => fetch(`http://127.0.0.1:${port}/`).catch(() => undefined));
    expect(await answer.json()).toEqual({
      states: ['running'],
      refused: 'PROCESS_NOT_FOUND',
      unauthorized: 401,
      firstEvent: 'snapshot',
    });
  });
});

const WORKER = (url: string): string => `
  import { createPidnapClient } from './client.ts';
  export default {
    async fetch() {
      const client = createPidnapClient({ url: ${JSON.stringify(url)}, token: ${JSON.stringify(TOKEN)} });
      const thief = createPidnapClient({ url: ${JSON.stringify(url)}, token: 'wrong' });
      let firstEvent;
      for await (const event of await client.events({})) { firstEvent = event.type; break; }
      return Response.json({
        states: (await client.list()).map(({ state }) => state),
        refused: await client.get({ name: 'nobody' }).catch((error) => error.code),
        unauthorized: await thief.list().catch((error) => error.status),
        firstEvent,
      });
    },
  };`;

const WORKERD_CONFIG = (port: number): string => `
  using Workerd = import "/workerd/workerd.capnp";
  const config :Workerd.Config = (
    services = [
      (name = "main", worker = (
        modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
        compatibilityDate = "2026-01-01",
        globalOutbound = "network",
      )),
      (name = "network", network = (allow = ["public", "private", "local"])),
    ],
    sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
  );`;
