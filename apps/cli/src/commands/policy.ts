import { Command } from 'commander';
import { Policy } from '@fettle/contract/policy';
import { lintPolicy } from '@fettle/core/policy/lint-policy';
import { CliFailure, EXIT } from '../failure.ts';
import { formatDuration } from '../output/age.ts';
import { readJson } from './read-json.ts';
import { withControlPlane, type GlobalOptions } from './context.ts';

const FILE_HELP = 'JSON, as `policy show` prints it; what it leaves out takes its default; - reads stdin';

/** Commands about the policy of a project. */
export function policyCommand(): Command {
  return new Command('policy')
    .description('show, check or replace the policy of the project')
    .addCommand(show())
    .addCommand(set())
    .addCommand(lint());
}

/**
 * Reads the policy of a file. Throws a usage failure that names the field that is wrong, or every two fields that
 * contradict each other.
 */
export async function readPolicy(file: string): Promise<Policy> {
  const policy = await readJson(file, Policy);
  const found = lintPolicy(policy);
  if (found.length === 0) return policy;
  throw new CliFailure(EXIT.usage, `${file}: ${contradictions(found)}`);
}

function contradictions(found: ReturnType<typeof lintPolicy>): string {
  const count = found.length === 1 ? 'a contradiction' : `${found.length} contradictions`;
  return [count, ...found.map(({ message }) => `  ${message}`)].join('\n');
}

function show(): Command {
  return new Command('show').description('print the policy as JSON, every value filled in').action(
    withControlPlane(async ({ client, project: name }) => {
      const view = await client.projects.get({ project: name });
      console.log(JSON.stringify(view.policy, null, 2));
    }),
  );
}

function set(): Command {
  return new Command('set')
    .description('replace the policy; one that contradicts itself is refused')
    .argument('<file>', FILE_HELP)
    .action(
      withControlPlane(async ({ client, project: name, print }, file: string) => {
        const view = await client.projects.setPolicy({ project: name, policy: await readPolicy(file) });
        print(view.policy, () => {
          const { mode, check } = view.policy;
          const how = mode === 'shadow' ? ', in shadow mode: nothing that it decides is carried out' : '';
          return `${name} has a new policy: checks every ${formatDuration(check.intervalMs)}${how}`;
        });
      }),
    );
}

function lint(): Command {
  return new Command('lint')
    .description('find settings that contradict each other, without a fleet; exit code 2 when there are any')
    .argument('<file>', FILE_HELP)
    .action(async (file: string, _: unknown, command: Command) => {
      const found = lintPolicy(await readJson(file, Policy));
      if (found.length > 0) process.exitCode = EXIT.usage;
      if (command.optsWithGlobals<GlobalOptions>().json === true) {
        return console.log(JSON.stringify({ file, contradictions: found }, null, 2));
      }
      console.log(`${file}: ${found.length === 0 ? 'no contradictions' : contradictions(found)}`);
    });
}
