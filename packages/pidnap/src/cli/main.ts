import { CommanderError } from 'commander';
import { explainError } from './explain-error.ts';
import { EXIT, formatFailure } from './failure.ts';
import { createProgram } from './program.ts';
import { endWhenNobodyReads } from './stream.ts';

/** Runs a command line. Its exit code is left in `process.exitCode`; a failure ends the process, whatever is still open. */
export async function main(argv: readonly string[]): Promise<void> {
  endWhenNobodyReads();
  try {
    await createProgram(argv[2]).parseAsync(argv);
  } catch (error) {
    // Commander has said what was wrong; help and the version are no failures.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const failure = explainError(error);
    console.error(formatFailure(failure, isJson(argv)));
    process.exit(failure.exitCode);
  }
}

function isJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? undefined : end).includes('--json');
}
