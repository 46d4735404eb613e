import { type Command, CommanderError } from 'commander';
import { styleText } from 'node:util';
import { explainError } from './connection/explain-error.ts';
import { EXIT } from './failure.ts';

/**
 * Runs a command line to its end. A failure becomes one line on stderr, a hint below it, and its exit code; DEBUG set
 * shows the stack as well.
 */
export async function runCommand(program: Command, argv: readonly string[]): Promise<void> {
  endWithReader();
  throwInsteadOfExit(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = tell(error);
  }
}

/** Commander ends the process by itself otherwise, with its own exit codes. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const below of command.commands) throwInsteadOfExit(below);
}

/** A reader that has seen enough (`| head`), or a terminal that is gone, ends the command; a fleet that it holds as well. */
function endWithReader(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'EIO') process.exit();
      throw error;
    });
  }
}

function tell(error: unknown): number {
  // Commander has said it already; help and version are no failures.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { exitCode, message, hint } = explainError(error, null);
  const { stderr } = process;
  stderr.write(`${styleText('red', 'fettle:', { stream: stderr })} ${message}\n`);
  if (hint !== null) stderr.write(`${styleText('dim', `  ${hint}`, { stream: stderr })}\n`);
  if (process.env.DEBUG !== undefined)
    stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCode;
}
