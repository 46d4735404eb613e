import { Command } from 'commander';
import { CliFailure, EXIT } from '../failure.ts';
import { describeQuota } from '../output/describe-access.ts';
import { count } from '../start/options.ts';
import { withControlPlane } from './context.ts';

type Limits = { machines?: number; commandsPerHour?: number };

/** Commands about what a project may use at the most. */
export function quotaCommand(): Command {
  return new Command('quota')
    .description('what the project may use at the most')
    .addCommand(show())
    .addCommand(set());
}

function show(): Command {
  return new Command('show').description('the quota of the project, and what is used of it now').action(
    withControlPlane(async ({ client, project, print }) => {
      const { quota } = await client.projects.get({ project });
      print(quota, () => (quota === null ? noQuota(project) : describeQuota(quota)));
    }),
  );
}

function set(): Command {
  return new Command('set')
    .description('change the quota of the project; what is not named stays')
    .option('--machines <count>', 'machines at once, replacements included', count(1, 10_000))
    .option(
      '--commands-per-hour <count>',
      'commands of operators to the project and its machines',
      count(1, 1_000_000),
    )
    .action(
      withControlPlane(async ({ client, project, print }, wanted: Limits) => {
        if (Object.keys(wanted).length === 0)
          throw new CliFailure(EXIT.usage, 'nothing to change: name --machines, --commands-per-hour or both');
        const known = (await client.projects.get({ project })).quota;
        if (known === null) throw new CliFailure(EXIT.failed, noQuota(project));
        const { machines, commandsPerHour } = known;
        const { quota } = await client.projects.setQuota({
          project,
          quota: { machines, commandsPerHour, ...wanted },
        });
        print(quota, () => (quota === null ? noQuota(project) : describeQuota(quota)));
      }),
    );
}

/** A deployment is being upgraded: the objects follow within minutes. */
function noQuota(project: string): string {
  return `the object of ${project} is of a release that knows no quota; ask again when it runs the new one`;
}
