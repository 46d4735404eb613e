import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { PidnapConfig } from '../contract/config.ts';
import { graphProblems } from '../core/dependency-graph.ts';
import { describeIssues, suggestion } from '../core/problems.ts';
import { checkDefinition } from './check-definition.ts';
import { ConfigError } from './config-error.ts';
import { readConfigFile } from './config-file.ts';
import { resolveConfigPaths } from './config-paths.ts';

export { ConfigError };

/** A config file that was found good. */
export interface LoadedConfig {
  readonly config: PidnapConfig;
  /** Absolute path of the file. */
  readonly path: string;
}

/**
 * Reads and checks a config file: its text or code, every field, contradictions within a definition, names in
 * `dependsOn` and `exitWith`, cycles. Throws `ConfigError` with every problem that was found. Each call reads anew.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const path = resolve(file);
  const content = resolveConfigPaths(await readConfigFile(path), dirname(path));
  const parsed = v.safeParse(PidnapConfig, content);
  if (!parsed.success) throw new ConfigError(path, describeIssues(parsed.issues, PidnapConfig));
  const problems = await configProblems(parsed.output);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return { config: parsed.output, path };
}

/** What is wrong with a configuration whose fields are all right, each by itself. */
async function configProblems({ processes, exitWith }: PidnapConfig): Promise<string[]> {
  const names = Object.keys(processes);
  const found = await Promise.all(
    Object.entries(processes).map(([name, definition]) => checkDefinition(name, definition)),
  );
  const problems = found.flat();
  if (exitWith !== undefined && !Object.hasOwn(processes, exitWith))
    problems.push(
      `exitWith: expected the name of a known process, got "${exitWith}"${suggestion(exitWith, names)}`,
    );
  return [...problems, ...graphProblems(processes)];
}
