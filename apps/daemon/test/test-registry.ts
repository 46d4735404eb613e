import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A package registry with one package, `tiny`, in one version. */
export type TestRegistry = {
  url: string;
  /** Of the tarball, as lockfiles have it. */
  integrity: string;
  /** Requests that came. */
  requests: number;
  close(): Promise<void>;
};

/** Packs the package with npm and serves it over HTTP. `folder`: where the tarball is made. */
export async function startTestRegistry(folder: string): Promise<TestRegistry> {
  const source = join(folder, 'tiny');
  await mkdir(source, { recursive: true });
  const manifest = { name: 'tiny', version: '1.0.0', main: 'index.js' };
  await writeFile(join(source, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(source, 'index.js'), "module.exports = 'tiny 1.0.0';\n");
  await run('npm', ['pack', '--silent'], { cwd: source });
  const tarball = await readFile(join(source, 'tiny-1.0.0.tgz'));
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const shasum = createHash('sha1').update(tarball).digest('hex');

  const server = createServer((request, response) => {
    registry.requests += 1;
    if (request.url?.endsWith('.tgz')) return void response.writeHead(200).end(tarball);
    if (request.url !== '/tiny') return void response.writeHead(404).end('{}');
    const dist = { tarball: `${registry.url}tiny/-/tiny-1.0.0.tgz`, integrity, shasum };
    const versions = { '1.0.0': { ...manifest, dist } };
    const packument = { name: 'tiny', 'dist-tags': { latest: '1.0.0' }, versions };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const registry: TestRegistry = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    integrity,
    requests: 0,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return registry;
}
