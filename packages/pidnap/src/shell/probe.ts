import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { HealthCheck } from '../contract/health-check.ts';
import { sendSignal } from './process-tree.ts';

/** What one probe found. */
export interface ProbeAnswer {
  readonly ok: boolean;
  readonly message: string;
}

/** Asks once. Never rejects and answers within the check's timeout; an abort counts as a failure. */
export async function probe(
  check: HealthCheck,
  context: { definition: ProcessDefinition; env: Record<string, string>; signal: AbortSignal },
): Promise<ProbeAnswer> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(check.timeoutMs)]);
  try {
    return await ask(check, { ...context, signal });
  } catch (error) {
    if (signal.aborted && !context.signal.aborted)
      return { ok: false, message: `no answer in ${check.timeoutMs} ms` };
    return { ok: false, message: explain(error) };
  }
}

function ask(
  check: HealthCheck,
  context: { definition: ProcessDefinition; env: Record<string, string>; signal: AbortSignal },
): Promise<ProbeAnswer> {
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

async function askHttp(url: string, signal: AbortSignal): Promise<ProbeAnswer> {
  const response = await fetch(url, { redirect: 'manual', signal, headers: { 'user-agent': 'pidnap' } });
  await response.body?.cancel();
  return { ok: response.status >= 200 && response.status < 400, message: `HTTP ${response.status}` };
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
  {
    definition,
    env,
    signal,
  }: { definition: ProcessDefinition; env: Record<string, string>; signal: AbortSignal },
): Promise<ProbeAnswer> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd: definition.cwd, env, stdio: 'ignore', detached: true });
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
