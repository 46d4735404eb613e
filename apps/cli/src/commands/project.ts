import { Command } from 'commander';
import { operatorContract } from '@fettle/contract/operator-audience';
import { formatClock } from '../output/age.ts';
import { describeProject } from '../output/describe-project.ts';
import { oldestFirst } from '../output/oldest-first.ts';
import { clean, renderTable } from '../output/table.ts';
import { withControlPlane } from './context.ts';
import { duration } from './duration.ts';
import { policyCommand } from './policy.ts';
import { readJson } from './read-json.ts';

/** The contract's own schema: a file is checked by what it will be sent as. */
const ProjectInput = operatorContract.projects.apply['~orpc'].inputSchema!;

/** Commands about a project as a whole. */
export function projectCommands(): Command[] {
  return [project(), notices(), sweep(), policyCommand(), apply()];
}

function project(): Command {
  return new Command('project')
    .description('slots, plans and retired machines of the project, and how well it is watched')
    .addCommand(overrideGuard())
    .action(
      withControlPlane(async ({ client, project: name, print }) => {
        const view = await client.projects.get({ project: name });
        print(view, () => describeProject(view));
      }),
    );
}

function overrideGuard(): Command {
  return new Command('override-guard')
    .description(
      'let recovery pass the storm guard and the brake on mass absence for a while: somebody has looked, and the machines really are sick or gone',
    )
    .requiredOption('--for <time>', 'how long, such as 10m; at most a day', duration(1000, 24 * 3_600_000))
    .requiredOption('--reason <text>', 'what was found, for whoever reads the notices later')
    .action(
      withControlPlane(
        async ({ client, project: name, print }, { for: forMs, reason }: { for: number; reason: string }) => {
          const view = await client.projects.overrideGuard({ project: name, forMs, reason });
          print(view.guardOverride, () => {
            const { until } = view.guardOverride ?? { until: view.now + forMs };
            return `the storm guard and the brake on mass absence of ${name} let recovery pass until ${formatClock(until)}; budgets still apply`;
          });
        },
      ),
    );
}

function notices(): Command {
  return new Command('notices')
    .description('what a person should know about the project, newest last')
    .action(
      withControlPlane(async ({ client, project: name, print }) => {
        const view = await client.projects.get({ project: name });
        const found = oldestFirst(view.notices);
        const rows = found.map(({ at, kind, slot, message }) => [
          formatClock(at),
          kind,
          slot ?? '-',
          message,
        ]);
        print(found, () =>
          rows.length === 0 ? 'no notices' : renderTable(['time (utc)', 'kind', 'slot', 'what'], rows),
        );
      }),
    );
}

function sweep(): Command {
  return new Command('sweep')
    .description('find machines whose alarm is lost and arm them again; happens by itself every minute')
    .action(
      withControlPlane(async ({ client, project: name, print }) => {
        const answer = await client.projects.sweep({ project: name });
        print(answer, () =>
          answer.rearmed.length === 0 ? 'every alarm is armed' : `armed again: ${answer.rearmed.join(', ')}`,
        );
      }),
    );
}

function apply(): Command {
  return new Command('apply')
    .description('create a project or change it to what the file says; repeating it changes nothing')
    .argument('<file>', 'JSON with organization, project, template, slots and policy; - reads stdin')
    .action(
      withControlPlane(async ({ client, print }, file: string) => {
        const view = await client.projects.apply(await readJson(file, ProjectInput));
        print(view, () => clean(`${view.organization}/${view.project} has ${view.slots.length} slots`));
      }),
    );
}
