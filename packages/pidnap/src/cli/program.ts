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

/** Groups of the help, the names of their commands, and what makes them. */
const GROUPS: readonly { heading: string; names: readonly string[]; commands: () => Command[] }[] = [
  {
    heading: 'Supervise:',
    names: ['init', 'run', 'check'],
    commands: () => [initCommand(), ...configCommands()],
  },
  {
    heading: 'Look:',
    names: ['status', 'history', 'info', 'logs', 'events', 'wait'],
    commands: () => [...showCommands(), logsCommand(), eventsCommand(), waitCommand()],
  },
  {
    heading: 'Control:',
    names: ['start', 'stop', 'restart', 'signal'],
    commands: () => controlCommands(),
  },
  { heading: 'Change:', names: ['add', 'update', 'remove', 'reload'], commands: () => definitionCommands() },
];

/**
 * The command line of pidnap. What a command needs beyond its options is loaded when it runs. When `first`, the first
 * word of the command line, is a command, the others of its group are all that is made beside it.
 */
export function createProgram(first?: string): Command {
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
  const only = GROUPS.filter(({ names }) => first !== undefined && names.includes(first));
  for (const { heading, commands } of only.length > 0 ? only : GROUPS) {
    program.commandsGroup(heading);
    for (const command of commands()) program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}
