import type { VersionChangeStep } from '@fettle/contract';
import type { DiskLayout } from '../disk/layout.ts';
import { commandEnv, runCommand } from './run-command.ts';

/** Runs git with arguments and returns its stdout, trimmed. */
export type Git = (call: {
  step: VersionChangeStep;
  args: readonly string[];
  cwd?: string;
  timeoutMs?: number;
}) => Promise<string>;

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Settings of every call. The disk may belong to another user than the one who runs (a volume made by root), hence
 * `safe.directory`; no hook and no automatic gc runs; a remote slower than 1 kB/s for 20 s counts as away.
 */
const CONFIG = [
  'safe.directory=*',
  'core.hooksPath=/dev/null',
  'core.autocrlf=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
  'init.templateDir=',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=20',
].flatMap((setting) => ['-c', setting]);

/** A git that sees no configuration but ours and never asks a question. */
export function createGit(disk: DiskLayout): Git {
  const env = {
    ...commandEnv(disk),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
  };
  return ({ step, args, cwd = disk.versions, timeoutMs = DEFAULT_TIMEOUT_MS }) =>
    runCommand({ step, program: 'git', args: [...CONFIG, ...args], cwd, env, timeoutMs });
}
