import { Command } from 'commander';
import { count } from '../arguments.ts';
import { asksPidnap, withPidnap } from '../session.ts';

/** Commands that show what is there and change nothing. */
export function showCommands(): Command[] {
  return [status(), history(), info()];
}

function status(): Command {
  return asksPidnap(
    new Command('status')
      .description('show all processes, or those that are named; one alone in detail')
      .argument('[names...]', 'names of processes'),
  ).action(
    withPidnap(async ({ client, print, terminal }, names: string[]) => {
      const views =
        names.length === 0
          ? await client.list()
          : await Promise.all(names.map((name) => client.get({ name })));
      const [first] = views;
      const { formatStatus } = await import('../output/status.ts');
      const { formatDetails } = await import('../output/details.ts');
      print(views, () => {
        if (!first) return 'no processes';
        return names.length === 1
          ? formatDetails(first, Date.now(), terminal)
          : formatStatus(views, Date.now(), terminal);
      });
    }),
  );
}

function history(): Command {
  return asksPidnap(
    new Command('history')
      .description('show the last runs of a process: when, how long, and how they ended')
      .argument('<name>', 'name of a process')
      .option('-n, --limit <count>', 'how many', count(1, 100), 20),
  ).action(
    withPidnap(async ({ client, print, terminal }, name: string, { limit }: { limit: number }) => {
      const runs = await client.history({ name, limit });
      const { formatRuns } = await import('../output/runs.ts');
      print(runs, () => (runs.length === 0 ? `${name} has not run yet` : formatRuns(runs, terminal)));
    }),
  );
}

function info(): Command {
  return asksPidnap(
    new Command('info').description('show which pidnap answers, and how its start went'),
  ).action(
    withPidnap(async ({ client, print, terminal }) => {
      const answer = await client.info();
      const { formatInfo } = await import('../output/info.ts');
      print(answer, () => formatInfo(answer, terminal));
    }),
  );
}
