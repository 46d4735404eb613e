import { Option, type Command } from 'commander';
import type { PidnapClient } from '../client.ts';
import { suggestion } from '../core/problems.ts';
import { explainError } from './explain-error.ts';
import type { CliFailure } from './failure.ts';
import { findPidnap, type TargetOptions } from './find-pidnap.ts';
import { terminalOf, type Terminal } from './output/terminal.ts';

/** What a command works with that asks a pidnap. */
export interface Session {
  readonly client: PidnapClient;
  readonly isJson: boolean;
  readonly terminal: Terminal;
  /** Prints the outcome: `data` as one JSON document, or the text. */
  print(data: unknown, text: () => string): void;
}

/** Adds the options by which every command that asks a pidnap finds it, and `--json`. */
export function asksPidnap(command: Command): Command {
  return command
    .option('--json', 'print JSON: one document, or one per line where it goes on')
    .optionsGroup('Which pidnap (default: that of the config file in the current directory):')
    .addOption(new Option('-c, --config <file>', 'the one that runs this config file'))
    .addOption(new Option('--socket <path>', 'unix socket (env: PIDNAP_SOCKET)'))
    .addOption(new Option('--url <url>', 'TCP address (env: PIDNAP_URL)'))
    .addOption(new Option('--token-file <path>', 'file with the token for --url (env: PIDNAP_TOKEN_FILE)'));
}

/** Makes the action of a command that asks a pidnap: connects, runs, and explains what goes wrong. */
export function withPidnap<Arguments extends unknown[]>(
  run: (session: Session, ...rest: Arguments) => Promise<void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const options = command.optsWithGlobals<TargetOptions & { json?: boolean }>();
    const { target, connection } = await findPidnap(options, { env: process.env, folder: process.cwd() });
    const { createPidnapClient } = await import('../client.ts');
    const client = createPidnapClient(connection);
    const isJson = options.json === true;
    const session: Session = {
      client,
      isJson,
      terminal: terminalOf(process.stdout),
      print: (data, text) => console.log(isJson ? JSON.stringify(data, null, 2) : text()),
    };
    try {
      await run(session, ...(args.slice(0, -1) as Arguments));
    } catch (error) {
      throw await withSuggestion(explainError(error, target), client);
    }
  };
}

/** Adds the name that was likely meant when there is no process of the name that was asked for. */
async function withSuggestion(failure: CliFailure, client: PidnapClient): Promise<CliFailure> {
  if (failure.code !== 'PROCESS_NOT_FOUND') return failure;
  const { data } = failure.cause as { data?: { name?: string } };
  const names = (await client.list()).map(({ name }) => name);
  failure.message += suggestion(data?.name ?? '', names);
  return failure;
}
