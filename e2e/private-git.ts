import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { git } from '../examples/git.ts';

/** A server of repositories that asks for a password. */
export type PrivateGit = { url: (name: string) => string; close: () => void };

/** Serves bare repositories of a folder as files, which git takes as well, to whoever knows the password. */
export async function servePrivately(
  folder: string,
  names: readonly string[],
  password: string,
): Promise<PrivateGit> {
  for (const name of names) await git(path.join(folder, `${name}.git`), ['update-server-info']);
  const wanted = `Basic ${Buffer.from(`deploy:${password}`).toString('base64')}`;
  const server = http.createServer((request, response) => {
    if (request.headers.authorization !== wanted) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="repositories"' }).end();
    }
    void sendFile(path.join(folder, new URL(request.url ?? '/', 'http://localhost').pathname), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (name) => `http://deploy:${password}@127.0.0.1:${port}/${name}.git`,
    close: () => server.close(),
  };
}

async function sendFile(file: string, response: http.ServerResponse): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-length': found.size });
  createReadStream(file).pipe(response);
}
