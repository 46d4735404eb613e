import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MAX_EVIDENCE_PART_BYTES } from '@fettle/contract/evidence';
import { controlPath, isEvidencePath } from '../core/routes.ts';
import { HostFailure } from '../host-failure.ts';
import { answerError } from '../server/error-answer.ts';
import { forward, withoutHopByHop } from '../server/forward.ts';
import { gitRepositories } from './git-repositories.ts';

/** A report is a few kilobytes; the control plane has its own, smaller limit. */
const MAX_BODY_BYTES = 256 * 1024;
const HEADERS_WITHIN_MS = 20_000;
const SILENCE_MS = 30_000;

/** What the gateway needs to know. */
export interface GatewayOptions {
  controlUrl: string;
  repos: string;
  log: (message: string) => void;
}

/** All that a machine reaches outside of itself: reports and evidence to the control plane, and the repositories to read. */
export function createMachineGateway({ controlUrl, repos, log }: GatewayOptions): Server {
  const serveGit = gitRepositories({ repos, log });
  const base = controlUrl.replace(/\/+$/, '');

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The URL parser resolves dot segments, encoded ones too, before any path is compared.
    const url = new URL(request.url ?? '/', 'http://gateway');
    if (url.pathname.startsWith('/git/')) return serveGit(request, response, url);
    const path = controlPath(request.method ?? 'GET', url.pathname);
    if (path === null) return answerError(response, new HostFailure('NOT_FOUND'));
    const target = new URL(`${base}${path}${url.search}`);
    await forward({
      request,
      response,
      target,
      headers: { ...withoutHopByHop(request.headers), host: target.host },
      headersWithinMs: HEADERS_WITHIN_MS,
      silenceMs: SILENCE_MS,
      maxBodyBytes: isEvidencePath(path) ? MAX_EVIDENCE_PART_BYTES : MAX_BODY_BYTES,
      unreachable: 'HOST_UNREACHABLE',
    });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      log(`gateway request failed: ${error instanceof Error ? error.stack : String(error)}`);
      answerError(response, new HostFailure('INTERNAL', undefined, { cause: error }));
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  return server;
}
