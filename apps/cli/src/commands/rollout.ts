import { SlotName } from '@fettle/contract/ids';
import { Command, InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { CliFailure, EXIT } from '../failure.ts';
import { describeRollout } from '../output/describe-rollout.ts';
import { count } from '../start/options.ts';
import { withControlPlane, type CommandContext } from './context.ts';
import { followRollout } from './follow-rollout.ts';
import { imageRef, refsOf, withRefsOptions, type RefsOptions } from './refs-options.ts';

/** Commands about a change of what the project's machines run. */
export function rolloutCommand(): Command {
  return new Command('rollout')
    .description('bring the machines of the project to other commits or another image, wave by wave')
    .addCommand(start())
    .addCommand(show())
    .addCommand(stop());
}

type StartOptions = RefsOptions & { image?: string; slots?: string[]; wait?: boolean; timeout: number };

function start(): Command {
  return withRefsOptions(
    new Command('start').description(
      'begin one; a wave that hurts stops it, and what was changed goes back to what it ran before',
    ),
  )
    .option('--image <ref>', 'another image over the same disks, where the machine type can do that')
    .option('--slots <names>', 'only these, such as web-1,web-2 (default: all that are not pinned)', slots)
    .option('--wait', 'until it has ended; exit code 9 when it did not bring all of them there')
    .option('--timeout <seconds>', 'how long --wait waits', count(1, 86_400), 3600)
    .action(withControlPlane(startRollout));
}

async function startRollout(
  { client, project, print, isJson }: CommandContext,
  options: StartOptions,
): Promise<void> {
  const refs = refsOf(options);
  if (refs === null && options.image === undefined) {
    throw new CliFailure(EXIT.usage, 'nothing to roll out', {
      hint: 'give --customer REF, --platform REF or --image REF',
    });
  }
  const view = await client.projects.refreshCode({
    project,
    ...(refs === null ? {} : { refs }),
    ...(options.image === undefined ? {} : { image: imageRef(options.image) }),
    ...(options.slots === undefined ? {} : { slots: options.slots }),
  });
  const begun = view.rollout;
  if (begun === null) throw new Error('the control plane accepted a rollout and tells of none');
  if (options.wait !== true) return print(begun, () => describeRollout(begun, view.now));
  const say = isJson ? () => undefined : (line: string) => console.log(line);
  const ended = await followRollout(client, {
    project,
    number: begun.number,
    limitMs: options.timeout * 1000,
    say,
  });
  print(ended, () => describeRollout(ended, ended.endedAt ?? view.now));
}

function show(): Command {
  return new Command('show').description('the rollout that goes on, or the last one, with its waves').action(
    withControlPlane(async ({ client, project, print }) => {
      const { rollout, now } = await client.projects.get({ project });
      print(rollout, () =>
        rollout === null ? `${project} has had no rollout` : describeRollout(rollout, now),
      );
    }),
  );
}

function stop(): Command {
  return new Command('stop')
    .description('end the rollout that goes on; what was changed stays')
    .option('--revert', 'bring what was changed back to what it ran before')
    .option('--reason <text>', 'why, for whoever reads the notices later', 'stopped by hand')
    .action(
      withControlPlane(
        async (
          { client, project, print },
          { revert = false, reason }: { revert?: boolean; reason: string },
        ) => {
          const { rollout, now } = await client.projects.stopRollout({ project, revert, reason });
          print(rollout, () => (rollout === null ? 'there is no rollout' : describeRollout(rollout, now)));
        },
      ),
    );
}

function slots(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !v.is(SlotName, name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is no slot: expected names such as web-1,web-2.`);
  return [...new Set(names)];
}
