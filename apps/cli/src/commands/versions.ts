import { Command } from 'commander';
import type { VersionRefs } from '@fettle/contract/version-set';
import { setTimeout as pause } from 'node:timers/promises';
import type { ControlPlane } from '../connection/control-plane-client.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { formatAge, formatClock } from '../output/age.ts';
import { formatVersions, shortImage } from '../output/fleet-rows.ts';
import { clean, renderTable } from '../output/table.ts';
import { oldestFirst } from '../output/oldest-first.ts';
import { sameVersions } from '../output/same-versions.ts';
import { count } from '../start/options.ts';
import { TARGET_HELP, withControlPlane } from './context.ts';

const LOOK_EVERY_MS = 500;

/** Commands about what a machine runs. */
export function versionCommands(): Command[] {
  return [versions(), refresh()];
}

function versions(): Command {
  return new Command('versions')
    .description('which versions ran on a machine, and which of them work')
    .argument('<target>', TARGET_HELP)
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string) => {
        const {
          ledger,
          now,
          versions: present,
        } = await client.machines.get({ machineId: await machineId(target) });
        const rows = ledger
          .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
          .map((entry) => [
            sameVersions(entry.versions, present) ? '*' : '',
            entry.state,
            entry.versions.platform.slice(0, 12),
            entry.versions.customer.slice(0, 12),
            shortImage(entry.versions.image),
            `${entry.healthyChecks}/${entry.healthyChecks + entry.failedChecks}`,
            formatAge(entry.firstSeenAt, now),
            formatAge(entry.lastSeenAt, now),
          ]);
        const columns = ['', 'state', 'platform', 'customer', 'image', 'healthy', 'first seen', 'last seen'];
        print(ledger, () => renderTable(columns, rows));
      }),
    );
}

type RefreshOptions = { customer?: string; platform?: string; wait?: boolean; timeout: number };

function refresh(): Command {
  return new Command('refresh')
    .description('bring the checkouts of a machine to other commits; one that is not named stays')
    .argument('<target>', TARGET_HELP)
    .option('--customer <ref>', "branch, tag or commit of the customer's repository")
    .option('--platform <ref>', "branch, tag or commit of the platform's repository")
    .option('--wait', 'until the machine runs it and is healthy; exit code 9 when that does not come')
    .option('--timeout <seconds>', 'how long --wait waits', count(1, 3600), 180)
    .action(
      withControlPlane(
        async ({ client, print, isJson, machineId }, target: string, options: RefreshOptions) => {
          const refs = refsOf(options);
          const id = await machineId(target);
          const { now: since } = await client.machines.get({ machineId: id });
          const answer = await client.machines.refreshCode({ machineId: id, refs });
          if (options.wait !== true) return print(answer, () => answer.message);
          const say = isJson ? () => undefined : (line: string) => console.log(line);
          const view = await follow(client, { machineId: id, since, limitMs: options.timeout * 1000, say });
          print(view, () => `healthy with ${formatVersions(view.versions)}`);
        },
      ),
    );
}

function refsOf({ customer, platform }: RefreshOptions): VersionRefs {
  if (customer === undefined && platform === undefined) {
    throw new CliFailure(EXIT.usage, 'nothing to change', {
      hint: 'give --customer REF, --platform REF or both',
    });
  }
  return { ...(customer === undefined ? {} : { customer }), ...(platform === undefined ? {} : { platform }) };
}

/** Prints what happens to the machine until its version change has ended and it was found healthy after that. */
async function follow(
  client: ControlPlane,
  order: { machineId: string; since: number; limitMs: number; say: (line: string) => void },
) {
  const { machineId, since, say } = order;
  const limit = performance.now() + order.limitMs;
  let said = 0;
  for (;;) {
    const view = await client.machines.get({ machineId });
    const all = await client.machines.events({ machineId, limit: 100 });
    const events = oldestFirst(all).filter(({ at }) => at >= since);
    for (const { at, message } of events.slice(said)) say(`${formatClock(at)}  ${clean(message)}`);
    said = events.length;
    const end = events.findLast(
      ({ kind, message }) => kind === 'version' && message.startsWith('version change'),
    );
    if (end !== undefined && !end.message.startsWith('version change done')) {
      throw new CliFailure(EXIT.notHealthy, clean(end.message), {
        hint: 'the machine still runs what it ran before',
      });
    }
    const isSeen = end !== undefined && (view.lastCheckAt ?? 0) > end.at;
    if (isSeen && view.phase === 'healthy' && view.verdict?.health === 'healthy') return view;
    if (performance.now() >= limit) {
      throw new CliFailure(
        EXIT.notHealthy,
        `${machineId} is ${view.phase}, with ${formatVersions(view.versions)}`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
}
