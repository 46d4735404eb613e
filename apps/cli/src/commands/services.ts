import { Command } from 'commander';
import { formatAge, formatClock } from '../output/age.ts';
import { clean, renderTable } from '../output/table.ts';
import { count } from '../start/options.ts';
import { TARGET_HELP, withControlPlane } from './context.ts';

/** Commands about what runs inside a machine. */
export function serviceCommands(): Command[] {
  return [services(), logs(), restart()];
}

function services(): Command {
  return new Command('services')
    .description('the services of a machine, the daemon included')
    .argument('<target>', TARGET_HELP)
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string) => {
        const { services: found, now } = await client.machines.get({ machineId: await machineId(target) });
        const rows = found.map(
          ({ name, state, health, restarts, pid, exitCode, signal, startedAt, reason }) => [
            name,
            state,
            health,
            String(restarts),
            pid === null ? '-' : String(pid),
            signal ?? (exitCode === null ? '-' : String(exitCode)),
            formatAge(startedAt, now),
            reason ?? '',
          ],
        );
        const columns = ['service', 'state', 'health', 'restarts', 'pid', 'last exit', 'up', 'why'];
        print(found, () => renderTable(columns, rows));
      }),
    );
}

function logs(): Command {
  return new Command('logs')
    .description('the last output of a service')
    .argument('<target>', TARGET_HELP)
    .argument('<service>', 'such as web or daemon')
    .option('--tail <lines>', 'how many lines', count(1, 2000), 100)
    .action(
      withControlPlane(
        async ({ client, print, machineId }, target: string, name: string, { tail }: { tail: number }) => {
          const lines = await client.services.logs({ machineId: await machineId(target), name, tail });
          const text = lines.map(
            ({ at, stream, text: line }) =>
              `${formatClock(at)} ${stream === 'stderr' ? '!' : ' '} ${clean(line)}`,
          );
          print(lines, () => text.join('\n'));
        },
      ),
    );
}

function restart(): Command {
  return new Command('restart')
    .description('restart services of a machine, or the whole machine when none is named')
    .argument('<target>', TARGET_HELP)
    .argument('[service...]', 'such as web or daemon')
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string, names: string[]) => {
        const id = await machineId(target);
        const answer =
          names.length === 0
            ? await client.machines.restart({ machineId: id })
            : await client.services.restart({ machineId: id, names });
        print(answer, () => answer.message);
      }),
    );
}
