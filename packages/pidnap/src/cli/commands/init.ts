import { Command, Option } from 'commander';

/** `pidnap init`: a first config file. */
export function initCommand(): Command {
  const format = new Option('--format <format>', 'of the file').choices(['ts', 'json', 'yaml']).default('ts');
  return new Command('init')
    .description(
      'write a config file with examples; processes come from the scripts of a package.json, if there is one',
    )
    .addOption(format)
    .option('--force', 'write over one that is there')
    .action(async (options: { format: 'ts' | 'json' | 'yaml'; force?: boolean }) => {
      const { writeFirstConfig } = await import('../init/write-first-config.ts');
      console.log(
        await writeFirstConfig(process.cwd(), { format: options.format, force: options.force === true }),
      );
    });
}
