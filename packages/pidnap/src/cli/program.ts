import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { configCommands } from './commands/run.ts';
import { controlCommands } from './commands/control.ts';
import { definitionCommands } from './commands/definitions.ts';
import { eventsCommand } from './commands/events.ts';
import { initCommand } from './commands/init.ts';
import { logsCommand } from './commands/logs.ts';
import { showCommands } from './commands/show.ts';
import { waitCommand } from './commands/wait.ts';
import { EXIT_HELP } from './failure.ts';

const GROUPS: readonly [heading: string, commands: () => Command[]][] = [
  ['Supervise:', () => [initCommand(), ...configCommands()]],
  ['Look:', () => [...showCommands(), logsCommand(), eventsCommand(), waitCommand()]],
  ['Control:', () => controlCommands()],
  ['Change:', () => definitionCommands()],
];

/** The command line of pidnap. What a command needs beyond its options is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command('pidnap')
    .description('keeps the processes of a machine running')
    .version(VERSION, '-V, --version')
    .helpOption('-h, --help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ pidnap init && pidnap run            in a folder with a program
  $ pidnap status                        in the same folder, from another terminal
  $ pidnap restart web --wait            fails when it does not get healthy
  $ pidnap logs -f --stream stderr
  $ PIDNAP_SOCKET=/run/pidnap.sock pidnap status --json

${EXIT_HELP}`,
    );
  for (const [heading, commands] of GROUPS) {
    program.commandsGroup(heading);
    for (const command of commands()) program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}
