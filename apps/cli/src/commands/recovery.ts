import { Command } from 'commander';
import { parseTarget, slotOfTarget } from '../connection/target.ts';
import { describeIncident } from '../output/describe-incident.ts';
import { count } from '../start/options.ts';
import { TARGET_HELP, withControlPlane } from './context.ts';

/** The command that shows what was done to a machine, and to those before it in its slot. */
export function recoveryCommand(): Command {
  return new Command('recovery')
    .description(
      'incidents of a slot, over all machines that it has had, with the levels that were tried; newest last',
    )
    .argument('<target>', TARGET_HELP)
    .option('--limit <count>', 'incidents per machine', count(1, 500), 20)
    .action(
      withControlPlane(async ({ client, project, print }, text: string, { limit }: { limit: number }) => {
        const target = parseTarget(text, project);
        const { project: of, slot } = slotOfTarget(text, project);
        const view = await client.projects.get({ project: of });
        const all = view.slots.find((one) => one.slot === slot)?.machines ?? [];
        const ids = target.kind === 'machine' ? [target.machineId] : all.toReversed();
        const histories = await Promise.all(
          ids.map(async (machineId) => ({
            machineId,
            incidents: (await client.machines.incidents({ machineId, limit })).toSorted(
              (a, b) => a.number - b.number,
            ),
          })),
        );
        print(histories, () => {
          const blocks = histories.flatMap(({ machineId, incidents }) =>
            incidents.map((incident) => describeIncident(machineId, incident)),
          );
          return blocks.length === 0 ? `${text} has had no incident` : blocks.join('\n\n');
        });
      }),
    );
}
