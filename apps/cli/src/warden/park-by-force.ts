import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { PartDefinition } from './part.ts';

const LIMIT_MS = 60_000;

/**
 * Parks the machines of a host-agent that died or was killed before it could: another one is started on the same
 * state with its stdin at its end already, so that it does nothing but park.
 */
export async function parkByForce(part: PartDefinition): Promise<void> {
  const [program = '', ...args] = part.command;
  const child = spawn(program, args, { cwd: part.cwd, env: part.env, stdio: ['ignore', 'ignore', 'ignore'] });
  await Promise.race([once(child, 'exit'), pause(LIMIT_MS, undefined, { ref: false })]);
  child.kill('SIGKILL');
}
