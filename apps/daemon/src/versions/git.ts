import type { VersionChangeStep } from '@fettle/contract';
import { writeFileDurably } from '../disk/durable-write.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { commandEnv, runCommand } from './run-command.ts';

/** Runs git with arguments and returns its stdout without the blanks at its end. */
export type Git = (call: {
  step: VersionChangeStep;
  args: readonly string[];
  cwd?: string;
  timeoutMs?: number;
  /** Variables besides those of every call. */
  env?: Record<string, string>;
}) => Promise<string>;

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Settings of every call, in a file rather than as `-c` arguments: git does not hand those on to the programs that serve
 * a repository on the same disk. The disk may belong to another user than the one who runs (a volume made by root),
 * hence `safe.directory`; no hook and no automatic gc runs; a remote slower than 1 kB/s for 20 s counts as away.
 */
const CONFIG = `[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
\tautocrlf = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[advice]
\tdetachedHead = false
[init]
\ttemplateDir =
\tdefaultBranch = main
[http]
\tlowSpeedLimit = 1000
\tlowSpeedTime = 20
`;

/**
 * A git that sees no configuration but ours and never asks a question. Writes that configuration to a file, which is on
 * the machine's disk unless another one is given.
 */
export async function createGit(disk: DiskLayout, configFile: string = disk.gitConfig): Promise<Git> {
  await writeFileDurably(configFile, CONFIG);
  const env = {
    ...commandEnv(disk),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configFile,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20',
  };
  return ({ step, args, cwd = disk.versions, timeoutMs = DEFAULT_TIMEOUT_MS, env: more = {} }) =>
    runCommand({ step, program: 'git', args, cwd, env: { ...env, ...more }, timeoutMs });
}
