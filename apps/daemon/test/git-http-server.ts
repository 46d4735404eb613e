import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real git server over HTTP: `git http-backend` behind Node. */
export type GitHttpServer = {
  port: number;
  /** `html`: what a login page or a wrong address answers. */
  mode: 'serve' | 'html';
  close(): Promise<void>;
};

/** Serves the bare repositories of a folder to whoever has the user and the password. */
export async function startGitHttpServer({
  folder,
  user,
  password,
}: {
  folder: string;
  user: string;
  password: string;
}): Promise<GitHttpServer> {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (running.mode === 'html')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    if (request.headers.authorization !== expected)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    serve(folder, request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running: GitHttpServer = {
    port: (server.address() as AddressInfo).port,
    mode: 'serve',
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return running;
}

/** One request through CGI. */
function serve(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://server');
  const backend = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.once('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const head = output.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(head.map((line) => line.split(/:\s*/, 2) as [string, string]));
    response
      .writeHead(Number.parseInt(headers['Status'] ?? '200', 10), headers)
      .end(output.subarray(end + 4));
  });
}
