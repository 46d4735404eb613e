import type { FettleClient } from '@fettle/client';
import { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import { slotOf } from '../connection/target.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { WORK_COLUMNS, workRows } from '../output/describe-evidence.ts';
import { clean, renderTable } from '../output/table.ts';
import { TARGET_HELP, withControlPlane } from './context.ts';
import { bundleName, findBundlesOfSlot, newestWork, parseBundleName } from './find-bundles.ts';

const LOOK_EVERY_MS = 500;
/** A machine that is busy with something else takes it up after that. */
const RESTORE_LIMIT_MS = 90_000;

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
          const { now: since } = await client.machines.get({ machineId: id });
          const order = { machineId: id, from: bundle.machineId, evidence: bundle.id };
          await client.machines.restoreWork(order);
          const message = await outcomeOf(client, { machineId: id, since });
          print({ restored: true, ...order, message }, () => `${id}: ${message} (${bundleName(bundle)})`);

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

/** What came of a restore that was asked for: its message. Throws with why it was refused, or that nothing is known yet. */
async function outcomeOf(
  client: FettleClient,
  { machineId, since }: { machineId: string; since: number },
): Promise<string> {
  const limit = performance.now() + RESTORE_LIMIT_MS;
  for (; performance.now() < limit; await pause(LOOK_EVERY_MS)) {
    const events = await client.machines.events({ machineId, limit: 50 });
    const end = events.find(
      ({ at, message }) => at >= since && /^(the work was|restore-work was)/.test(message),
    );
    if (end?.message.startsWith('the work was') === true) return clean(end.message);
    if (end !== undefined)
      throw new CliFailure(EXIT.failed, clean(end.message), { hint: 'the checkouts are as they were' });
  }
  throw new CliFailure(EXIT.notHealthy, `nothing is known of it after ${RESTORE_LIMIT_MS / 1000} s`, {
    hint: '`fettle events` tells what becomes of it',
  });
}
