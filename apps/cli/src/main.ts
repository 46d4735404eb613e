#!/usr/bin/env node
import { Command } from 'commander';
import { auditCommand } from './commands/audit.ts';
import { evidenceCommand } from './commands/evidence.ts';
import { localCommands } from './commands/local.ts';
import { machineCommands } from './commands/machines.ts';
import { memberCommand } from './commands/members.ts';
import { metricsCommand } from './commands/metrics.ts';
import { pinCommands } from './commands/pins.ts';
import { projectCommands } from './commands/project.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { quotaCommand } from './commands/quota.ts';
import { recoveryCommand } from './commands/recovery.ts';
import { replayCommands } from './commands/replay.ts';
import { rolloutCommand } from './commands/rollout.ts';
import { serviceCommands } from './commands/services.ts';
import { tokenCommand } from './commands/tokens.ts';
import { versionCommands } from './commands/versions.ts';
import { whoamiCommand } from './commands/whoami.ts';
import { workCommand } from './commands/work.ts';
import { drillCommand } from './drill/options.ts';
import { runDrill } from './drill/run-drill.ts';
import { EXIT_HELP } from './failure.ts';
import { runCommand } from './run-command.ts';

const program = new Command('fettle')
  .description('keeps fleets of sandbox machines in working order')
  .option('--url <url>', 'control plane (default: FETTLE_URL, else the fleet of the state folder)')
  .option(
    '--token-file <file>',
    'file with a token of operators, - for stdin (default: FETTLE_TOKEN, else that of the fleet of the state folder)',
  )
  .option('--state <folder>', 'state folder of the fleet on this computer', '.fettle')
  .option('--project <name>', "project (default: FETTLE_PROJECT, else the fleet's own, else demo)")
  .option('--json', 'machine-readable output')
  .configureHelp({ showGlobalOptions: true })
  .addHelpText('after', `\n${EXIT_HELP}\n`);

for (const command of [
  ...machineCommands(),
  ...serviceCommands(),
  ...versionCommands(),
  rolloutCommand(),
  ...pinCommands(),
  quarantineCommand(),
  recoveryCommand(),
  evidenceCommand(),
  workCommand(),
  ...replayCommands(),
  metricsCommand(),
  ...projectCommands(),
  quotaCommand(),
  whoamiCommand(),
  tokenCommand(),
  memberCommand(),
  auditCommand(),
  ...localCommands(),
  drillCommand(runDrill),
]) {
  program.addCommand(showingGlobalOptions(command));
}

/** A command that is added takes over no settings, and neither do those below it. */
function showingGlobalOptions(command: Command): Command {
  for (const below of command.commands) showingGlobalOptions(below);
  return command.configureHelp({ showGlobalOptions: true });
}

await runCommand(program, process.argv);
