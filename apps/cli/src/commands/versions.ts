import type { FettleClient } from '@fettle/client';
import { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import { CliFailure, EXIT } from '../failure.ts';
import { formatClock } from '../output/age.ts';
import { describeVersions } from '../output/describe-versions.ts';
import { formatVersions } from '../output/fleet-rows.ts';
import { clean } from '../output/table.ts';
import { oldestFirst } from '../output/oldest-first.ts';
import { count } from '../start/options.ts';
import { TARGET_HELP, withControlPlane } from './context.ts';
import { imageRef, refsOf, withRefsOptions, type RefsOptions } from './refs-options.ts';

const LOOK_EVERY_MS = 500;

/** Commands about what a machine runs. */
export function versionCommands(): Command[] {
  return [versions(), refresh(), rebuild()];
}

function versions(): Command {
  return new Command('versions')
    .description('which versions ran on a machine, what its project has proven, and what is in quarantine')
    .argument('<target>', TARGET_HELP)
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string) => {
        const view = await client.machines.get({ machineId: await machineId(target) });
        const { proven, quarantines } = await client.projects.get({ project: view.identity.project });
        const { ledger, versions: present } = view;
        print({ present, ledger, proven, quarantines }, () =>
          describeVersions(view, { proven, quarantines }),
        );
      }),
    );
}

type RefreshOptions = RefsOptions & { wait?: boolean; timeout: number };

function refresh(): Command {
  return withRefsOptions(
    new Command('refresh')
      .description('bring the checkouts of one machine to other commits; `rollout` does it for many')
      .argument('<target>', TARGET_HELP),
  )
    .option('--wait', 'until the machine runs it and is healthy; exit code 9 when that does not come')
    .option('--timeout <seconds>', 'how long --wait waits', count(1, 3600), 180)
    .action(
      withControlPlane(
        async ({ client, print, isJson, machineId }, target: string, options: RefreshOptions) => {
          const refs = refsOf(options);
          if (refs === null) {
            throw new CliFailure(EXIT.usage, 'nothing to change', {
              hint: 'give --customer REF, --platform REF or both',
            });
          }
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

function rebuild(): Command {
  return new Command('rebuild')
    .description('run a machine from another image over the same disk, where its type can do that')
    .argument('<target>', TARGET_HELP)
    .requiredOption('--image <ref>', 'hash, name or reference of the image, as its provider has it')
    .action(
      withControlPlane(async ({ client, print, machineId }, target: string, { image }: { image: string }) => {
        const id = await machineId(target);
        const answer = await client.machines.rebuild({ machineId: id, image: imageRef(image) });
        print(answer, () => answer.message);
      }),
    );
}

/** Prints what happens to the machine until its version change has ended and it was found healthy after that. */
async function follow(
  client: FettleClient,
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
