import { Command, InvalidArgumentError, Option } from 'commander';
import { createPidnapClient, type PidnapClient } from '../client.ts';
import type { ProcessView, WaitCondition } from '../contract.ts';
import { loadConfig } from '../shell/load-config.ts';
import { VERSION } from '../version.ts';
import { serve } from './serve.ts';
import { formatLog, formatStatus } from './show.ts';

interface Connection {
  socket: string;
  json?: boolean;
}

/** The command line of pidnap. Every command that asks a running pidnap knows `--socket` and `--json`. */
export function createProgram(): Command {
  const program = new Command('pidnap')
    .description('Supervises the processes of a machine')
    .version(VERSION)
    .showHelpAfterError();
  program
    .command('run')
    .description('supervise the processes of a config file until SIGTERM')
    .requiredOption('--config <file>', 'configuration, JSON')
    .action(({ config }: { config: string }) => serve(config));
  program
    .command('check')
    .description('say what is wrong with a config file, without running it')
    .requiredOption('--config <file>', 'configuration, JSON')
    .action(({ config }: { config: string }) => {
      const { processes } = loadConfig(config);
      console.log(`${config} is valid: ${Object.keys(processes).length} processes`);
    });
  asking(program.command('status [name]'))
    .description('show all processes, or one')
    .action(async (name: string | undefined, { socket, json }: Connection) => {
      const client = connect(socket);
      show(name === undefined ? await client.list() : [await client.get({ name })], json);
    });
  asking(program.command('logs <name>'))
    .description('show the newest lines of a process')
    .option('-n, --tail <lines>', 'how many lines', wholeNumber, 200)
    .option('--since <time>', 'only lines from this time on (ISO 8601)', time)
    .option('-f, --follow', 'go on with every new line')
    .action(logs);
  for (const { verb, description, until } of VERBS) {
    asking(program.command(`${verb} <name>`))
      .description(description)
      .option('--wait', `answer when the process is ${until}; fail when it is not within --timeout`)
      .option('--timeout <ms>', 'longest wait', wholeNumber, 30_000)
      .action(async (name: string, options: Connection & { wait?: boolean; timeout: number }) => {
        const client = connect(options.socket);
        const { runs } = await client.get({ name });
        const accepted = await client[verb]({ name });
        const minRun = verb === 'restart' ? runs + 1 : 0;
        show(
          [
            options.wait
              ? await waited(client, { name, until, minRun, timeoutMs: options.timeout })
              : accepted,
          ],
          options.json,
        );
      });
  }
  return program;
}

const VERBS = [
  { verb: 'start', description: 'start a process that has ended', until: 'healthy' },
  { verb: 'stop', description: 'end a process and everything it started', until: 'ended' },
  { verb: 'restart', description: 'end a process and start it anew, with a full budget', until: 'healthy' },
] as const;

async function waited(
  client: PidnapClient,
  wait: { name: string; until: (typeof WaitCondition.options)[number]; minRun: number; timeoutMs: number },
): Promise<ProcessView> {
  const { reached, process: view } = await client.wait(wait);
  if (!reached) process.exitCode = 1;
  return view;
}

async function logs(
  name: string,
  options: Connection & { tail: number; since?: number; follow?: boolean },
): Promise<void> {
  const client = connect(options.socket);
  const print = options.json ? JSON.stringify : formatLog;
  if (!options.follow) {
    const { lines } = await client.logs({ name, tail: options.tail, since: options.since });
    for (const line of lines) console.log(print(line));
    return;
  }
  for await (const line of await client.followLogs({ name, tail: options.tail })) console.log(print(line));
}

function asking(command: Command): Command {
  return command
    .addOption(
      new Option('--socket <path>', "pidnap's unix socket").env('PIDNAP_SOCKET').makeOptionMandatory(),
    )
    .option('--json', 'print JSON');
}

function connect(socketPath: string): PidnapClient {
  return createPidnapClient({ socketPath });
}

function show(processes: ProcessView[], json: boolean | undefined): void {
  console.log(json ? JSON.stringify(processes, null, 2) : formatStatus(processes, Date.now()));
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
  return Number(text);
}

function time(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('a time such as 2026-01-31T12:00:00Z is expected');
  return at;
}
