import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { PidnapConfig } from '../contract/config.ts';
import { graphProblems } from '../core/dependency.ts';
import { describeIssues } from '../core/problems.ts';

/** The config file cannot be used; one sentence per problem. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[], options?: ErrorOptions) {
    super(
      `${path} is not a valid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      options,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads and checks a config file: JSON, every field, names in `dependsOn`, cycles. Throws `ConfigError`. */
export function loadConfig(path: string): PidnapConfig {
  const parsed = v.safeParse(PidnapConfig, readJson(path));
  if (!parsed.success) throw new ConfigError(path, describeIssues(parsed.issues));
  const problems = graphProblems(parsed.output.processes);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return parsed.output;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(path, [error instanceof Error ? error.message : String(error)], { cause: error });
  }
}
