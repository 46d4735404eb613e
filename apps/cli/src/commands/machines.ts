import { Command } from 'commander';
import { formatAge, formatClock } from '../output/age.ts';
import { describeMachine } from '../output/describe-machine.ts';
import { FLEET_COLUMNS, fleetRow, formatVersions, modeNote, strayRow } from '../output/fleet-rows.ts';
import { oldestFirst } from '../output/oldest-first.ts';
import { clean, renderTable } from '../output/table.ts';
import { count } from '../start/options.ts';
import { readFleet } from '../start/read-fleet.ts';
import { TARGET_HELP, withControlPlane } from './context.ts';
import { revokeCommand } from './revoke.ts';

/** Commands that show and control machines. */
export function machineCommands(): Command[] {
  return [machines(), machine(), stop(), snapshots(), events(), exec()];
}

function machines(): Command {
  return new Command('machines').description('the slots of the project and their machines').action(
    withControlPlane(async ({ client, project, print }) => {
      const { lines, besides, project: view } = await readFleet(client, project);
      const rows = [...lines.map(fleetRow), ...besides.map(strayRow)];
      const { mode } = view.policy;
      print({ mode, slots: lines, besides }, () =>
        [renderTable(FLEET_COLUMNS, rows), modeNote(view)].filter((part) => part !== '').join('\n'),
      );
    }),
  );
}

function machine(): Command {
  return new Command('machine')
    .description('everything that is known of one machine, and why it is in its phase')
    .argument('<target>', TARGET_HELP)
    .addCommand(revokeCommand())
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string) => {
        const view = await client.machines.get({ machineId: await machineId(target) });
        print(view, () => describeMachine(view));
      }),
    );
}

function stop(): Command {
  return new Command('stop')
    .description('stop a machine until it is started again; nothing recovers it meanwhile')
    .argument('<target>', TARGET_HELP)
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string) => {
        const answer = await client.machines.stop({ machineId: await machineId(target) });
        print(answer, () => answer.message);
      }),
    );
}

function snapshots(): Command {
  return new Command('snapshots')
    .description('health observations of a machine with the versions it ran, newest first')
    .argument('<target>', TARGET_HELP)
    .option('--limit <count>', 'how many', count(1, 500), 20)
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string, { limit }: { limit: number }) => {
        const found = await client.machines.snapshots({ machineId: await machineId(target), limit });
        const rows = found.map(({ at, phase, healthy, versions, services, resources, verdict }) => [
          formatClock(at),
          phase,
          healthy === null ? 'unknown' : healthy ? 'yes' : 'no',
          formatVersions(versions),
          services.map(({ name, state }) => `${name}:${state}`).join(' '),
          resources?.cpuPercent?.toFixed(0) ?? '-',
          resources?.memoryUsedMb?.toFixed(0) ?? '-',
          verdict.findings.map(({ message }) => message).join('; '),
        ]);
        const columns = [
          'time (utc)',
          'phase',
          'healthy',
          'versions',
          'services',
          'cpu %',
          'memory MB',
          'findings',
        ];
        print(found, () => renderTable(columns, rows));
      }),
    );
}

function events(): Command {
  return new Command('events')
    .description('what happened to a machine, newest last')
    .argument('<target>', TARGET_HELP)
    .option('--limit <count>', 'how many', count(1, 500), 40)
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string, { limit }: { limit: number }) => {
        const id = await machineId(target);
        const found = oldestFirst(await client.machines.events({ machineId: id, limit }));
        const { now } = await client.machines.get({ machineId: id });
        const rows = found.map(({ at, kind, message }) => [
          formatClock(at),
          formatAge(at, now),
          kind,
          message,
        ]);
        print(found, () => renderTable(['time (utc)', 'ago', 'kind', 'what'], rows));
      }),
    );
}

function exec(): Command {
  return new Command('exec')
    .description('run a command inside a machine; its exit code becomes this one')
    .argument('<target>', TARGET_HELP)
    .argument('<command...>', 'program and arguments, after --')
    .option('--timeout <seconds>', 'how long it may run', count(1, 20), 10)
    .action(
      withControlPlane(
        async (
          { client, print, isJson, machineId },
          target: string,
          command: string[],
          { timeout }: { timeout: number },
        ) => {
          const id = await machineId(target);
          const result = await client.machines.exec({ machineId: id, command, timeoutMs: timeout * 1000 });
          process.exitCode = result.timedOut ? 1 : (result.exitCode ?? 1);
          if (isJson) return print(result, () => '');
          process.stdout.write(result.stdout);
          process.stderr.write(result.stderr);
          if (result.timedOut) process.stderr.write(clean(`no end within ${timeout} s\n`));
        },
      ),
    );
}
