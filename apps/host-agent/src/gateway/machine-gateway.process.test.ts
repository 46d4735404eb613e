import { createServer, request as httpRequest, type Server } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServer, listen } from '../server/listen.ts';
import { createMachineGateway } from './machine-gateway.ts';

let folder: string;
let gateway: Server;
let control: Server;
let url: string;
let commits: string[];
const seen: {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  body: string;
}[] = [];

const git = (cwd: string, ...args: string[]) =>
  execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    cwd,
    env: { GIT_CONFIG_NOSYSTEM: '1', HOME: folder, GIT_TERMINAL_PROMPT: '0' },
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-gateway-'));
  const work = join(folder, 'work');
  await mkdir(join(folder, 'repos'), { recursive: true });
  await git(folder, 'init', '-q', '-b', 'main', work);
  for (const text of ['one', 'two']) {
    await writeFile(join(work, 'file.txt'), text);
    await git(work, 'add', '.');
    await git(work, 'commit', '-qm', text);
  }
  commits = (await git(work, 'log', '--format=%H')).stdout.split('\n');
  await git(folder, 'clone', '-q', '--bare', work, join(folder, 'repos', 'platform.git'));
  await git(folder, 'clone', '-q', '--bare', work, join(folder, 'secret.git'));

  control = createServer(async (request, response) => {
    let body = '';
    try {
      for await (const chunk of request) body += String(chunk);
    } catch {
      // A body that was cut off on its way here was not received.
      return;
    }
    seen.push({
      method: request.method,
      url: request.url,
      authorization: request.headers.authorization,
      body,
    });
    response.setHeader('content-type', 'application/json').end('{"json":{"reportEveryMs":30000}}');
  });
  const controlPort = await listen(control, 0, '127.0.0.1');
  const controlUrl = `http://127.0.0.1:${controlPort}/base/`;
  gateway = createMachineGateway({ controlUrl, repos: join(folder, 'repos'), log: () => undefined });
  url = `http://127.0.0.1:${await listen(gateway, 0, '127.0.0.1')}`;
});
afterAll(async () => {
  await closeServer(gateway);
  await closeServer(control);
  await rm(folder, { recursive: true, force: true });
});

describe('reports of machines', () => {
  it('reach the control plane with their own token', async () => {
    const response = await fetch(`${url}/control/machine/v1/rpc/report?x=1`, {
      method: 'POST',
      headers: { authorization: 'Bearer of-the-machine' },
      body: '{"json":{}}',
    });
    expect(await response.json()).toEqual({ json: { reportEveryMs: 30_000 } });
    expect(seen.at(-1)).toEqual({
      method: 'POST',
      url: '/base/machine/v1/rpc/report?x=1',
      authorization: 'Bearer of-the-machine',
      body: '{"json":{}}',
    });
  });

  it('get nowhere else', async () => {
    const before = seen.length;
    for (const path of [
      '/control/operator/rpc/projects',
      '/control/machine/v1/%2e%2e/%2e%2e/api/v1/rpc',
      '/control/machine/rpc/report',
      '/',
      '/rpc/host/info',
    ]) {
      expect((await fetch(`${url}${path}`, { method: 'POST', body: '{}' })).status).toBe(404);
    }
    expect(seen).toHaveLength(before);
  });
});

describe('what a machine that means harm sends', () => {
  const raw = (path: string, method = 'POST') =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const outgoing = httpRequest({ hostname, port, path, method }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      outgoing.on('error', reject);
      outgoing.end(method === 'POST' ? '{}' : undefined);
    });

  it.each([
    ['POST', '/control/api/v1/rpc/machines/stop'],
    ['POST', '/control/machine/v1'],
    ['POST', '/control/machine/v2/rpc/report'],
    ['POST', '/control/machine/v1x/rpc/report'],
    ['POST', '/control//machine/v1/rpc/report'],
    ['POST', '/control/machine/v1/../../api/v1/rpc'],
    ['POST', '/control/machine/v1/..%2f..%2fapi/v1/rpc'],
    ['POST', '/control/machine/v1/..%5c..%5capi/v1/rpc'],
    ['POST', '/control/machine/v1/%252e%252e/api/v1/rpc'],
    ['POST', '/control/machine/v1/rpc/..;/x'],
    ['POST', '/control/machine/v1/rpc/%E2%80%A5/x'],
    ['POST', '/control/machine/v1/rpc/%00'],
    ['POST', `/control/machine/v1/rpc/${'x'.repeat(600)}`],
    ['POST', '/control/machine/v1/.%2e/%2e./api/v1/rpc'],
    ['POST', '/control\\machine\\v1\\..\\..\\api'],
    ['POST', 'http://control.invalid/api/v1/rpc'],
    ['POST', '//control.invalid/machine/v1/rpc'],
    ['GET', '/control/machine/v1/rpc/report'],
    ['DELETE', '/control/machine/v1/evidence/1/logs.txt'],
    ['PATCH', '/control/machine/v1/credentials/renew'],
    ['OPTIONS', '/control/machine/v1/rpc/report'],
    ['GET', '/control/machine/v1/credentials/renew'],
    ['PUT', '/control/machine/v1/evidence/../rpc/report'],
  ])('%s %s reaches nobody', async (method, path) => {
    const before = seen.length;
    expect(await raw(path, method)).toBe(404);
    expect(seen).toHaveLength(before);
  });

  it('a report that is larger than any is cut off', async () => {
    const before = seen.length;
    const body = 'x'.repeat(256 * 1024 + 1);
    const answer = await fetch(`${url}/control/machine/v1/rpc/report`, { method: 'POST', body }).catch(
      () => null,
    );
    expect([undefined, 400]).toContain(answer?.status);
    expect(seen).toHaveLength(before);
  });
});

describe('the repositories', () => {
  it('can be cloned, and a single old commit fetched', async () => {
    await git(folder, 'clone', '-q', `${url}/git/platform.git`, 'clone');
    expect(await readFile(join(folder, 'clone', 'file.txt'), 'utf8')).toBe('two');
    await git(folder, 'init', '-q', 'shallow');
    await git(join(folder, 'shallow'), 'fetch', '-q', '--depth=1', `${url}/git/platform`, commits[1]!);
    expect((await git(join(folder, 'shallow'), 'show', 'FETCH_HEAD:file.txt')).stdout).toBe('one');
  });

  it('cannot be written', async () => {
    const clone = join(folder, 'writer');
    await git(folder, 'clone', '-q', `${url}/git/platform.git`, clone);
    await git(clone, 'commit', '-q', '--allow-empty', '-m', 'three');
    await expect(git(clone, 'push', '-q', 'origin', 'main')).rejects.toThrow();
    const { stdout } = await git(join(folder, 'repos', 'platform.git'), 'rev-parse', 'main');
    expect(stdout).toBe(commits[0]);
  });

  it('are the only ones', async () => {
    for (const name of ['secret', '../secret', '..%2fsecret', 'customer']) {
      await expect(git(folder, 'ls-remote', `${url}/git/${name}.git`)).rejects.toThrow();
    }
  });
});
