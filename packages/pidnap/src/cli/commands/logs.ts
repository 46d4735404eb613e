import { Command, Option } from 'commander';
import type { LogLine } from '../../contract.ts';
import { count, pastTime } from '../arguments.ts';
import { followLines, readLines, type LogQuery } from '../read-logs.ts';
import { asksPidnap, withPidnap } from '../session.ts';
import { endOnInterrupt, streamEnded } from '../stream.ts';

interface LogOptions {
  follow?: boolean;
  lines: number;
  since?: number;
  stream?: LogLine['stream'];
  raw?: boolean;
}

/** `pidnap logs`: what processes printed, and what pidnap did with them. */
export function logsCommand(): Command {
  const stream = new Option(
    '--stream <stream>',
    'only this: pidnap is what pidnap notes of starts and exits',
  );
  return asksPidnap(
    new Command('logs')
      .description('show the newest output of processes, all by default, in the order of its time')
      .argument('[names...]', 'names of processes')
      .option('-f, --follow', 'go on with every new line, until Ctrl-C')
      .option('-n, --lines <count>', 'how many lines of each process', count(0, 10_000), 100)
      .option('--since <time>', 'only from this time on: 10m ago, or 2026-01-31T12:00:00Z', (text) =>
        pastTime(text, Date.now()),
      )
      .addOption(stream.choices(['stdout', 'stderr', 'pidnap']))
      .option('--raw', 'the text alone, without time, name and stream')
      .addHelpText(
        'after',
        `
Examples:
  $ pidnap logs -f
  $ pidnap logs web --since 10m --stream stderr
  $ pidnap logs web --raw -n 10000 | grep error`,
      ),
  ).action(
    withPidnap(async ({ client, isJson, terminal }, names: string[], options: LogOptions) => {
      const chosen = names.length > 0 ? names : (await client.list()).map(({ name }) => name);
      const { createLogFormat } = await import('../output/log-line.ts');
      const format = createLogFormat({ names: chosen, isOfOne: names.length === 1 }, terminal);
      const print = (line: LogLine & { name: string }): void =>
        console.log(isJson ? JSON.stringify(line) : options.raw ? line.text : format(line));
      const query: LogQuery = {
        names: chosen,
        lines: options.lines,
        since: options.since,
        stream: options.stream,
      };
      const { lines, ends } = await readLines(client, query);
      if (options.follow) endOnInterrupt();
      for (const line of lines) print(line);
      if (!options.follow) return;
      await followLines(client, { query, ends, isAll: names.length === 0, print });
      throw streamEnded();
    }),
  );
}
