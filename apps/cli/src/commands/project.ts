import { Command } from 'commander';
import { operatorContract } from '@fettle/contract/operator-audience';
import { Policy } from '@fettle/contract/policy';
import { formatAge, formatClock, formatDuration } from '../output/age.ts';
import { oldestFirst } from '../output/oldest-first.ts';
import { clean, renderTable } from '../output/table.ts';
import { readJson } from './read-json.ts';
import { withControlPlane } from './context.ts';

/** The contract's own schema: a file is checked by what it will be sent as. */
const ProjectInput = operatorContract.projects.apply['~orpc'].inputSchema!;

/** Commands about a project as a whole. */
export function projectCommands(): Command[] {
  return [project(), notices(), sweep(), policy(), apply()];
}

function project(): Command {
  return new Command('project').description('slots, plans and retired machines of the project').action(
    withControlPlane(async ({ client, project: name, print }) => {
      const view = await client.projects.get({ project: name });
      const { now } = view;
      const slots = view.slots.map(({ slot, machineId, phase, plan, machines }) => [
        slot,
        machineId ?? '-',
        phase ?? '-',
        String(machines.length),
        plan === null ? '-' : `${plan.kind}: ${plan.message} (${formatAge(plan.startedAt, now)})`,
      ]);
      const retired = view.retired.map(({ machineId, slot, retiredAt, cleanUpAt }) => [
        machineId,
        slot,
        `${formatAge(retiredAt, now)} ago`,
        `in ${formatDuration(cleanUpAt - now)}`,
      ]);
      print(view, () =>
        [
          `${view.organization}/${view.project}, storm guard: ${view.stormGuard ?? 'quiet'}`,
          renderTable(['slot', 'machine', 'phase', 'machines so far', 'plan'], slots),
          ...(retired.length === 0
            ? []
            : [renderTable(['replaced', 'slot', 'retired', 'clean-up'], retired)]),
        ].join('\n\n'),
      );
    }),
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

function policy(): Command {
  const get = new Command('get').description('print the policy as JSON, every value filled in').action(
    withControlPlane(async ({ client, project: name }) => {
      const view = await client.projects.get({ project: name });
      console.log(JSON.stringify(view.policy, null, 2));
    }),
  );
  const set = new Command('set')
    .description('replace the policy; what the file leaves out takes its default')
    .argument('<file>', 'JSON, as `policy get` prints it; - reads stdin')
    .action(
      withControlPlane(async ({ client, project: name, print }, file: string) => {
        const wanted = await readJson(file, Policy);
        const view = await client.projects.setPolicy({ project: name, policy: wanted });
        print(
          view.policy,
          () => `${name} has a new policy: checks every ${formatDuration(view.policy.check.intervalMs)}`,
        );
      }),
    );
  return new Command('policy')
    .description('read or replace the policy of the project')
    .addCommand(get)
    .addCommand(set);
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
