import { execa } from 'execa';
import { CliFailure, EXIT } from '../failure.ts';
import { PROJECT_ROOT } from './project-root.ts';

const LIMIT_MS = 120_000;

/** Runs one of the project's own scripts to its end and returns its stdout. Throws a failure that shows its last lines. */
export async function runStep(args: readonly string[], signal: AbortSignal): Promise<string> {
  const result = await execa(process.execPath, args, {
    cwd: PROJECT_ROOT,
    reject: false,
    timeout: LIMIT_MS,
    cancelSignal: signal,
    maxBuffer: 10_000_000,
  });
  if (!result.failed) return result.stdout;
  if (/ENOSPC|no space left on device/i.test(`${result.stderr}${result.stdout}`)) throw diskFull();
  const lines = result.stderr.trim().split('\n').slice(-12).join('\n');
  throw new CliFailure(
    EXIT.failed,
    `node ${args.slice(0, 2).join(' ')} failed:\n${lines || result.shortMessage}`,
  );
}

/** The failure of everything that needs more room. */
export function diskFull(): CliFailure {
  return new CliFailure(EXIT.diskFull, 'the disk is full', {
    hint: 'free about 1 GB and run this again; nothing has to be undone',
  });
}
