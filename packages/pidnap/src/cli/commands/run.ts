import { Command } from 'commander';
import { findConfigFile } from '../../shell/config-file.ts';
import { CliFailure, EXIT } from '../failure.ts';

/** Commands that take a config file and need no running pidnap. */
export function configCommands(): Command[] {
  return [run(), check()];
}

const CONFIG_HELP = 'config file (default: pidnap.config.* in the current directory)';

function run(): Command {
  return new Command('run')
    .description('supervise the processes of a config file until SIGTERM or SIGINT; SIGHUP reads it again')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--watch', 'read the config file again whenever it changes')
    .addHelpText(
      'after',
      `
Signals:
  SIGTERM, SIGINT   stop everything, then end; a second one ends everything without grace
  SIGHUP            read the config file again and apply what changed
  SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH   are passed on to processes that list them in forwardSignals`,
    )
    .action(async ({ config, watch }: { config?: string; watch?: boolean }) => {
      const { serve } = await import('../serve.ts');
      await serve(config ?? configHere(), { watch: watch === true });
    });
}

function check(): Command {
  return new Command('check')
    .description('say what is wrong with a config file, without running it')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print JSON')
    .action(async (options: { config?: string; json?: boolean }) => {
      const { loadConfig } = await import('../../shell/load-config.ts');
      const { config, path } = await loadConfig(options.config ?? configHere());
      const names = Object.keys(config.processes);
      if (options.json)
        console.log(JSON.stringify({ path, stateDir: config.stateDir, processes: names }, null, 2));
      else console.log(`${path} is valid: ${names.length === 0 ? 'no processes' : names.join(', ')}`);
    });
}

function configHere(): string {
  const found = findConfigFile(process.cwd());
  if (found !== null) return found;
  throw new CliFailure(EXIT.usage, `${process.cwd()} has no pidnap.config file`, {
    hint: 'make one with `pidnap init`, or name one with --config',
  });
}
