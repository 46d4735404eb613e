/** The config file cannot be used; one sentence per problem. */
export class ConfigError extends Error {
  readonly path: string;
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[], options?: ErrorOptions) {
    const lines = problems.map((problem) => `  ${problem.replaceAll('\n', '\n  ')}`);
    super(`${path} cannot be used:\n${lines.join('\n')}`, options);
    this.name = 'ConfigError';
    this.path = path;
    this.problems = problems;
  }
}
