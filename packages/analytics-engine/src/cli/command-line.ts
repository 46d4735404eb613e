import { Command, InvalidArgumentError } from 'commander';
import { ACCOUNT_ID, MAX_RETENTION_DAYS, TOKEN } from '../contract/engine-settings.ts';

/** What the command line says. */
export type CommandLine = {
  host: string;
  /** 0: any free port. */
  port: number;
  folder: string;
  accountId: string;
  /** `null`: one is made, and printed. */
  token: string | null;
  /** A file that holds the token; wins over `token`. */
  tokenFile: string | null;
  retentionDays: number;
  sample: boolean;
  exitWithStdin: boolean;
  json: boolean;
};

/** The account id of someone who has none: 32 zeros. */
const NO_ACCOUNT = '0'.repeat(32);

/** The command `local-analytics-engine`; `run` gets what was asked for. Wrong usage ends the process with code 2. */
export function defineCommand(run: (commandLine: CommandLine) => Promise<void>): Command {
  return new Command('local-analytics-engine')
    .description('Cloudflare Workers Analytics Engine on this machine: data points in, SQL API out.')
    .option('--port <number>', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535), 8790)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--folder <path>', 'where the data is kept', '.analytics-engine')
    .option('--account-id <id>', 'account id in the path of the SQL API', accountId, NO_ACCOUNT)
    .option('--token <token>', 'bearer token that callers must send (default: a new one, printed)', token)
    .option('--token-file <path>', 'file that holds the token; keeps it out of the list of processes')
    .option(
      '--retention-days <number>',
      'days after which data points are dropped',
      wholeNumber(1, MAX_RETENTION_DAYS),
      90,
    )
    .option('--sample', 'sample like production does, so that queries can be tested against it', false)
    .option('--exit-with-stdin', 'end when standard input is closed', false)
    .option('--json', 'log as lines of JSON', false)
    .addHelpText(
      'after',
      [
        '',
        'Prints one line of JSON when it listens: {"ready":true,"url":…,"sqlUrl":…,"accountId":…,"token":…}',
        '(the token only when it was made here). SIGTERM and SIGINT end it after everything is on disk.',
        'Exit codes: 0 ended as asked, 1 something failed, 2 wrong usage, 3 no ClickHouse for this platform,',
        '4 the folder is in use or cannot be used, 7 the port is taken.',
      ].join('\n'),
    )
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    })
    .action(async (options: Omit<CommandLine, 'token' | 'tokenFile'> & Partial<CommandLine>) => {
      await run({ ...options, token: options.token ?? null, tokenFile: options.tokenFile ?? null });
    });
}

function accountId(text: string): string {
  if (ACCOUNT_ID.test(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits, _ or -.');
}

function token(text: string): string {
  if (TOKEN.test(text)) return text;
  throw new InvalidArgumentError('Expected ASCII characters without white space.');
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
