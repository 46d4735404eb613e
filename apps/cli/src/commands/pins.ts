import { Command } from 'commander';
import { slotOfTarget } from '../connection/target.ts';
import { clean } from '../output/table.ts';
import { withControlPlane } from './context.ts';

const SLOT_HELP = 'slot (web-1) or project/slot (demo/web-1)';

/** Commands that keep a slot on what it runs. */
export function pinCommands(): Command[] {
  return [pin(), unpin()];
}

function pin(): Command {
  return new Command('pin')
    .description('keep a slot on what it runs: no rollout, revert or rollback changes it')
    .argument('<slot>', SLOT_HELP)
    .requiredOption('--reason <text>', 'why, for whoever wonders later')
    .action(
      withControlPlane(async ({ client, project, print }, text: string, { reason }: { reason: string }) => {
        const { pins } = await client.projects.pin({ ...slotOfTarget(text, project), reason });
        print(pins, () => `${text} stays on what it runs: ${clean(reason)}`);
      }),
    );
}

function unpin(): Command {
  return new Command('unpin')
    .description('let rollouts and rollbacks change a slot again')
    .argument('<slot>', SLOT_HELP)
    .action(
      withControlPlane(async ({ client, project, print }, text: string) => {
        const { pins } = await client.projects.unpin(slotOfTarget(text, project));
        print(pins, () => `${text} may be changed again`);
      }),
    );
}
