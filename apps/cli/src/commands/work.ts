import { Command } from 'commander';
import { slotOf } from '../connection/target.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { WORK_COLUMNS, workRows } from '../output/describe-evidence.ts';
import { renderTable } from '../output/table.ts';
import { TARGET_HELP, withControlPlane } from './context.ts';
import { bundleName, findBundlesOfSlot, newestWork, parseBundleName } from './find-bundles.ts';

/** Commands about uncommitted work that was saved from checkouts. */
export function workCommand(): Command {
  return new Command('work')
    .description('work in checkouts that no remote had, saved before something destructive was done')
    .addCommand(list())
    .addCommand(restore());
}

function list(): Command {
  return new Command('list')
    .description('the work that was saved from all machines of a slot; the newest first')
    .argument('<slot>', TARGET_HELP)
    .action(
      withControlPlane(async ({ client, project, print }, target: string) => {
        const bundles = (await findBundlesOfSlot(client, target, project)).filter(
          ({ work }) => work.length > 0,
        );
        print(bundles, () =>
          bundles.length === 0
            ? `no work of ${target} was saved: either there was none, or nothing destructive was done`
            : renderTable(WORK_COLUMNS, bundles.flatMap(workRows)),
        );
      }),
    );
}

function restore(): Command {
  return new Command('restore')
    .description(
      'bring saved work back into the checkouts of a machine, as uncommitted changes; refused where it does not fit',
    )
    .argument('<target>', TARGET_HELP)
    .option('--from <bundle>', 'such as demo.web-1.1/12; default: the newest of the slot that holds work')
    .action(
      withControlPlane(
        async ({ client, project, print, machineId }, target: string, { from }: { from?: string }) => {
          const id = await machineId(target);
          const bundle = from === undefined ? await newestOf(id) : parseBundleName(from);
          const answer = await client.machines.restoreWork({
            machineId: id,
            from: bundle.machineId,
            evidence: bundle.id,
          });
          print(
            { ...answer, machineId: id, from: bundleName(bundle) },
            () =>
              `${answer.message} (${bundleName(bundle)} into ${id}; \`fettle events ${target}\` tells what became of it)`,
          );

          async function newestOf(machine: string) {
            const found = newestWork(await findBundlesOfSlot(client, machine, project));
            if (found !== null) return found;
            throw new CliFailure(EXIT.failed, `no work of ${slotOf(machine).slot} was saved`, {
              hint: '`fettle evidence list` tells what was kept',
            });
          }
        },
      ),
    );
}
