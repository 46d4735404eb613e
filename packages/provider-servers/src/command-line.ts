import { Command, InvalidArgumentError, Option } from 'commander';
import { TEST_PATH } from './contract/test-controls.ts';

/** Whose API is served. */
export const PROVIDERS = ['daytona', 'fly'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** What the command line says. */
export type CommandLine = {
  state: string;
  /** 0: any free port. */
  port: number;
  hostUrl: string;
  hostTokenFile: string;
  /** Left out: a key is made, kept in the state folder, and printed. */
  keyFile?: string;
  regions?: string[];
  listDelay?: number;
  /** At Fly: an app that is there from the start. */
  app?: string;
  exitWithStdin: boolean;
};

/** The command; `run` gets what was asked for. Wrong usage ends the process with code 2. */
export function defineCommand(
  run: (provider: ProviderName, commandLine: CommandLine) => Promise<void>,
): Command {
  const command = new Command('fettle-provider-server')
    .description("Daytona's or Fly's API on this computer, over real machines of a host-agent.")
    .addHelpText(
      'after',
      [
        '',
        'Prints one line of JSON when it listens: {"ready":true,"provider":…,"url":…,"port":…,"pid":…}, with "key" when',
        `the key was made here. ${TEST_PATH} takes faults, and tells what was asked; see the README.`,
        'SIGTERM and SIGINT end it; the machines stay. Exit codes: 0 ended as asked, 1 something failed, 2 wrong usage.',
      ].join('\n'),
    )
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  for (const provider of PROVIDERS) {
    const served = command
      .command(provider)
      .description(`serve ${provider}'s API`)
      .requiredOption('--state <folder>', 'where it remembers what it was asked for')
      .option('--port <number>', 'port to listen on; 0 takes a free one', wholeNumber, 0)
      .requiredOption('--host-url <url>', 'address of the host-agent')
      .requiredOption('--host-token-file <file>', 'file with the token that the host-agent asks for')
      .option('--key-file <file>', 'file with the key that callers must show')
      .addOption(new Option('--regions <names>', 'regions to have, with commas between').argParser(names))
      .option('--list-delay <ms>', 'how long a new machine is missing from lists', wholeNumber)
      .option('--exit-with-stdin', 'end when standard input is closed', false)
      .action((options: CommandLine) => run(provider, options));
    if (provider === 'fly') served.option('--app <name>', 'app that is there from the start', 'fettle');
  }
  return command;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

function names(text: string): string[] {
  return text.split(',').filter((name) => name !== '');
}
