import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { HealthCheck } from '../contract/health-check.ts';
import { sendSignal } from './process-tree.ts';

/** What one probe found. */
export interface ProbeAnswer {
  readonly ok: boolean;
  readonly message: string;
}

/** Checks that ask something outside of pidnap. */
export type AskingCheck = Extract<HealthCheck, { kind: 'http' | 'tcp' | 'command' }>;

/** Where and until when a probe runs. */
export interface ProbeContext {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly signal: AbortSignal;
}

/** Asks once. Never rejects and answers within the check's timeout; an abort counts as a failure. */
export async function probe(check: AskingCheck, context: ProbeContext): Promise<ProbeAnswer> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(check.timeoutMs)]);
  try {
    return await ask(check, { ...context, signal });
  } catch (error) {
    if (signal.aborted && !context.signal.aborted)
      return { ok: false, message: `no answer in ${check.timeoutMs} ms` };
    return { ok: false, message: explain(error) };
  }
}

function ask(check: AskingCheck, context: ProbeContext): Promise<ProbeAnswer> {
  switch (check.kind) {
    case 'http':
      return askHttp(check.url, context.signal);
    case 'tcp':
      return askTcp(check, context.signal);
    case 'command':
      return askCommand(check.command, context);
    default:
      return check satisfies never;
  }
}

/** By `node:http`, which is loaded anyway: the global `fetch` would take ten times the memory of a small check. */
async function askHttp(url: string, signal: AbortSignal): Promise<ProbeAnswer> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const asked = request(url, { agent: false, signal, headers: { 'user-agent': 'pidnap' } });
  // An abort is told twice, by the wait and by the request.
  asked.on('error', noop).end();
  const [{ statusCode = 0 }] = (await once(asked, 'response', { signal })) as [IncomingMessage];
  asked.destroy();
  return { ok: statusCode >= 200 && statusCode < 400, message: `HTTP ${statusCode}` };
}

async function askTcp(
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
    return { ok: true, message: 'connected' };
  } finally {
    socket.destroy();
  }
}

async function askCommand(
  command: readonly string[],
  { cwd, env, signal }: ProbeContext,
): Promise<ProbeAnswer> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd, env, stdio: 'ignore', detached: true });
  try {
    const [exitCode, killedBy] = (await once(child, 'exit', { signal })) as [number | null, string | null];
    return { ok: exitCode === 0, message: killedBy ? `killed by ${killedBy}` : `exit code ${exitCode}` };
  } finally {
    // Whatever the probe left in its group ends with it, after a timeout as after an answer.
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
  }
}

function explain(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

function noop(): void {}
