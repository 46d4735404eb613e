import { Option, type Command } from 'commander';
import type { PidnapClient } from '../client.ts';
import { suggestion } from '../core/problems.ts';
import { setTimeout } from 'node:timers/promises';
import { explainError, type Target } from './explain-error.ts';
import { CliFailure, EXIT } from './failure.ts';
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
      await Promise.race([run(session, ...(args.slice(0, -1) as Arguments)), failWhenSilent(client, target)]);
    } catch (error) {
      throw await withSuggestion(explainError(error, target), client);
    }
  };
}

/** A command that takes longer than this is looked after. */
const PATIENCE_MS = 4000;

/** Longest time for a sign of life. */
const SIGN_OF_LIFE_MS = 8000;

/** Throws when pidnap has the socket open and says nothing: it hangs, or is frozen. Else it never comes back. */
async function failWhenSilent(client: PidnapClient, { address }: Target): Promise<never> {
  await setTimeout(PATIENCE_MS, undefined, { ref: false });
  const deadline = AbortSignal.timeout(SIGN_OF_LIFE_MS);
  try {
    await client.info(undefined, { signal: deadline });
  } catch (error) {
    // Any other failure is met by the command as well, which says what it was about.
    if (deadline.aborted)
      throw new CliFailure(EXIT.notRunning, `pidnap at ${address} is there and does not answer`, {
        cause: error,
      });
  }
  return new Promise(() => {});
}

/** Adds the name that was likely meant when there is no process of the name that was asked for. */
async function withSuggestion(failure: CliFailure, client: PidnapClient): Promise<CliFailure> {
  if (failure.code !== 'PROCESS_NOT_FOUND') return failure;
  const { data } = failure.cause as { data?: { name?: string } };
  const names = (await client.list()).map(({ name }) => name);
  failure.message += suggestion(data?.name ?? '', names);
  return failure;
}
