import type { ExecCommand, ExecResult } from '@fettle/contract';
import { refused } from '../cloud/operation-log.ts';
import { ProviderError } from '../machine-provider.ts';
import type { FlyApi } from './fly-api.ts';
import type { FlyFacts } from './fly-facts.ts';
import type { ExecAnswer } from './machine.ts';
import { stateOf } from './machine-state.ts';

/** Time on top of a command's own deadline for the way there and back. */
const SLACK_MS = 2000;

/** Longest output that is handed on, as everywhere. */
const MOST_OUTPUT = 64 * 1024;

/** Runs a command in a machine. Fly's exec knows no folder to run in: a shell goes to the disk first. */
export async function runCommand(
  api: FlyApi,
  { flyId, nonce }: Pick<FlyFacts, 'flyId' | 'nonce'>,
  { command, timeoutMs = 10_000, disk }: ExecCommand & { disk: string },
): Promise<ExecResult> {
  const machine = flyId === null ? null : await api.machine(flyId);
  if (machine === null) throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine');
  if (stateOf(machine) !== 'running') throw refused('CONFLICT', 'The machine does not run');
  const timeout = Math.ceil(timeoutMs / 1000);
  const inFolder = ['sh', '-c', `cd ${disk} 2>/dev/null; exec "$@"`, 'sh', ...command];
  const run = (shown: string | null) =>
    api.exec(
      machine.id,
      { command: inFolder, timeout },
      { timeoutMs: timeout * 1000 + SLACK_MS, nonce: shown },
    );
  try {
    return resultOf(await run(nonce).catch((error: unknown) => againWithout(nonce, error, run)));
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'DEADLINE_EXCEEDED') throw error;
    return { exitCode: null, stdout: '', stderr: '', timedOut: true };
  }
}

/** A lease that has ended in the meantime must not be shown any more. */
async function againWithout(
  nonce: string | null,
  error: unknown,
  run: (nonce: null) => Promise<ExecAnswer>,
): Promise<ExecAnswer> {
  if (nonce === null || !(error instanceof ProviderError) || error.code !== 'CONFLICT') throw error;
  return run(null);
}

/** Fly answers 200 whatever became of the command, and its JSON may leave out what is 0. */
function resultOf({ exit_code, exit_signal, stdout, stderr }: ExecAnswer): ExecResult {
  return {
    exitCode: exit_code ?? ((exit_signal ?? 0) > 0 ? 128 + (exit_signal ?? 0) : 0),
    stdout: stdout.slice(0, MOST_OUTPUT),
    stderr: stderr.slice(0, MOST_OUTPUT),
    timedOut: false,
  };
}
