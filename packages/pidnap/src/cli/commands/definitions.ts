import { resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { Command } from 'commander';
import type { ProcessDefinitionInput } from '../../contract.ts';
import { readConfigFile } from '../../shell/config-file.ts';
import { resolveDefinitionPaths } from '../../shell/config-paths.ts';
import { variable } from '../arguments.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { asksPidnap, withPidnap } from '../session.ts';

/** Commands that change what pidnap knows. */
export function definitionCommands(): Command[] {
  return [define('add'), define('update'), remove(), reload()];
}

interface DefinitionOptions {
  file?: string;
  cwd?: string;
  env?: Record<string, string>;
  task?: boolean;
  autostart: boolean;
}

const DESCRIPTIONS = {
  add: 'make a process known and start it; it is kept over restarts of pidnap',
  update: 'replace the definition of a process; it is restarted only when what it was started with changed',
};

function define(verb: 'add' | 'update'): Command {
  return asksPidnap(
    new Command(verb)
      .description(DESCRIPTIONS[verb])
      .usage('[options] <name> (--file <file> | -- <command...>)')
      .argument('<name>', 'name of the process')
      .argument('[command...]', 'program and arguments, after --')
      .option(
        '-f, --file <file>',
        'definition as JSON, YAML, TypeScript or JavaScript; - reads JSON from the input',
      )
      .option('--cwd <folder>', 'where the command runs (default: here)')
      .option('-e, --env <NAME=value>', 'variable for the command; can be repeated', variable)
      .option('--task', 'run the command once: restart is "never"')
      .option('--no-autostart', 'only make it known, do not start it')
      .addHelpText(
        'after',
        `
Examples:
  $ pidnap ${verb} web --env PORT=3000 -- node server.js
  $ pidnap ${verb} migrate --task -- npm run migrate
  $ pidnap ${verb} web --file web.yaml`,
      ),
  ).action(
    withPidnap(
      async ({ client, print, terminal }, name: string, words: string[], options: DefinitionOptions) => {
        // What is not a definition is for pidnap to refuse, with every problem.
        const definition = (await readDefinition(words, options)) as ProcessDefinitionInput;
        const view = await client[verb]({ name, definition });
        const { formatStatus } = await import('../output/status.ts');
        print(view, () => formatStatus([view], Date.now(), terminal));
      },
    ),
  );
}

/** The definition that a file or a command line says, with relative paths from the folder of the file, or from here. */
export async function readDefinition(words: readonly string[], options: DefinitionOptions): Promise<unknown> {
  const { file, cwd, env, task, autostart } = options;
  if ((file === undefined) === (words.length === 0))
    throw new CliFailure(EXIT.usage, 'expected a definition: either --file, or a command after --');
  if (file === undefined) {
    const definition = {
      command: words,
      env,
      ...(task ? { restart: 'never' } : {}),
      ...(autostart ? {} : { autostart }),
    };
    return resolveDefinitionPaths({ ...definition, cwd }, process.cwd());
  }
  if (cwd !== undefined || env !== undefined || task || !autostart)
    throw new CliFailure(
      EXIT.usage,
      '--cwd, --env, --task and --no-autostart go with a command, not with --file',
    );
  if (file === '-') return resolveDefinitionPaths(await readInput(), process.cwd());
  return resolveDefinitionPaths(await readConfigFile(resolve(file)), resolve(file, '..'));
}

async function readInput(): Promise<unknown> {
  try {
    return await json(process.stdin);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliFailure(EXIT.usage, 'the input is not valid JSON');
  }
}

function remove(): Command {
  return asksPidnap(
    new Command('remove')
      .description('end processes, forget them and delete their logs')
      .argument('<names...>', 'names of processes'),
  ).action(
    withPidnap(async ({ client, print }, names: string[]) => {
      const answers = await Promise.all(names.map((name) => client.remove({ name })));
      print(answers, () =>
        answers
          .map(({ name, removed }) => (removed ? `removed ${name}` : `${name} was not known`))
          .join('\n'),
      );
    }),
  );
}

function reload(): Command {
  return asksPidnap(
    new Command('reload')
      .description('let pidnap read its config file again and apply what changed; all or nothing')
      .option('--dry-run', 'only tell what it would do'),
  ).action(
    withPidnap(async ({ client, print }, { dryRun }: { dryRun?: boolean }) => {
      const outcome = await client.reload({ dryRun: dryRun === true });
      const { formatReload } = await import('../output/reload.ts');
      print(outcome, () => formatReload(outcome, dryRun));
    }),
  );
}
