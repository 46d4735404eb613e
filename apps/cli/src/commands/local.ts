import { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { startCommand, startOptions } from '../start/options.ts';
import { runStart } from '../start/run-start.ts';
import { drillFolder, resetFleet } from '../warden/reset-fleet.ts';
import { TARGET_HELP, withControlPlane, type GlobalOptions } from './context.ts';

/** Commands about the fleet on this computer. */
export function localCommands(): Command[] {
  return [start(), reset()];
}

const startMachine = withControlPlane(async ({ client, print, machineId }, target: string) => {
  const answer = await client.machines.start({ machineId: await machineId(target) });
  print(answer, () => answer.message);
});

/** `start` without a target runs a fleet here; with one it starts a stopped machine. */
function start(): Command {
  return startCommand()
    .argument('[target]', `start this stopped machine instead: ${TARGET_HELP}`)
    .action(async (target: string | undefined, options: unknown, command: Command) => {
      if (target === undefined) await runStart(startOptions(command));
      else await startMachine(target, options, command);
    });
}

function reset(): Command {
  return new Command('reset')
    .description('forget the fleet on this computer: machines, volumes, networks and the state folder')
    .action(async (_: unknown, command: Command) => {
      const { state, json } = command.optsWithGlobals<GlobalOptions>();
      const never = new AbortController().signal;
      if (await isThere(drillFolder(state))) await resetFleet(drillFolder(state), never);
      await resetFleet(state, never);
      console.log(json === true ? JSON.stringify({ reset: true, state }) : `${state} is forgotten`);
    });
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
