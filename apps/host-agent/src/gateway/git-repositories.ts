import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gitRoute } from '../core/routes.ts';
import { HostFailure } from '../host-failure.ts';
import { answerError } from '../server/error-answer.ts';
import { readCgiHead } from './read-cgi-head.ts';

/** A request of git stays far below this; more is not a fetch. */
const MAX_BODY_BYTES = 8 * 1024 ** 2;
/** A fetch that takes longer is given up: 5 minutes. */
const LIMIT_MS = 5 * 60_000;
/** Fetches at a time. A whole fleet that starts at once waits its turn by trying again. */
const MAX_RUNNING = 16;

interface GitOptions {
  /** Folder with `platform.git` and `customer.git`. */
  repos: string;
  log: (message: string) => void;
}

/** Serves the repositories read-only through git's own CGI program. */
export function gitRepositories({ repos, log }: GitOptions) {
  let running = 0;

  return function serve(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const pathInfo = gitRoute(request.method ?? 'GET', url.pathname, url.searchParams.get('service'));
    if (pathInfo === null) return answerError(response, new HostFailure('NOT_FOUND'));
    if (running >= MAX_RUNNING)
      return answerError(response, new HostFailure('HOST_UNREACHABLE', 'Too many fetches'));
    running += 1;

    const { headers } = request;
    const git = spawn(
      'git',
      [
        '-c',
        'http.receivepack=false',
        '-c',
        'http.getanyfile=false',
        '-c',
        'safe.directory=*',
        'http-backend',
      ],
      {
        cwd: repos,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: join(repos, '.none'),
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_PROJECT_ROOT: repos,
          GIT_HTTP_EXPORT_ALL: '1',
          GIT_HTTP_MAX_REQUEST_BUFFER: String(MAX_BODY_BYTES),
          GIT_PROTOCOL: single(headers['git-protocol']),
          PATH_INFO: pathInfo,
          QUERY_STRING: url.search.slice(1),
          REQUEST_METHOD: request.method ?? 'GET',
          CONTENT_TYPE: headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
          REMOTE_ADDR: request.socket.remoteAddress ?? '',
        },
      },
    );
    const limit = setTimeout(() => git.kill('SIGKILL'), LIMIT_MS);
    let complaint = '';
    let received = 0;

    git.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000);
    });
    git.once('error', (error) =>
      answerError(response, new HostFailure('INTERNAL', 'git cannot be run', { cause: error })),
    );
    git.once('close', (code) => {
      clearTimeout(limit);
      running -= 1;
      if (code !== 0 && !response.destroyed) log(`git http-backend ended with ${code}: ${complaint.trim()}`);
      if (!response.headersSent) answerError(response, new HostFailure('INTERNAL', 'git did not answer'));
    });
    response.once('close', () => git.kill('SIGKILL'));
    // git may end before it has read everything; its exit code tells.
    git.stdin.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > MAX_BODY_BYTES) request.destroy();
    });
    request.pipe(git.stdin);

    readCgiHead(git.stdout, (head, body) => {
      if (head === null) return;
      response.writeHead(head.status, head.headers);
      body.pipe(response);
    });
  };
}

function single(header: string | string[] | undefined): string {
  return Array.isArray(header) ? (header[0] ?? '') : (header ?? '');
}
