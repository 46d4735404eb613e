import type { PidnapConfigInput } from './contract/config.ts';
import type { ProcessDefinitionInput } from './contract/definition.ts';

/**
 * Content of a config file as people write it: defaults left out, paths relative to the folder of the file.
 * `cwd` is that folder where it is left out, `stateDir` is `.pidnap` in it.
 */
export type PidnapConfigFile = Omit<PidnapConfigInput, 'stateDir' | 'processes'> & {
  stateDir?: string;
  processes?: Record<string, Omit<ProcessDefinitionInput, 'cwd'> & { cwd?: string }>;
};

/** What a config file in TypeScript or JavaScript may export by default: the content, or a function that makes it. */
export type PidnapConfigExport = PidnapConfigFile | (() => PidnapConfigFile | Promise<PidnapConfigFile>);

/** Gives back what it gets: for the types, and completion while a config file is written. */
export function defineConfig<T extends PidnapConfigExport>(config: T): T {
  return config;
}
