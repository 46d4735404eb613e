/** How a command can end, as an exit code. `pidnap --help` prints this table; scripts may rely on it. */
export const EXIT = {
  ok: 0,
  /** pidnap refused or failed, what was waited for did not come, or `run` could not end a process. */
  failed: 1,
  /** The command line or the config file is wrong. */
  usage: 2,
  /** No pidnap answers. */
  notRunning: 3,
  /** `run`: another pidnap has the state directory, or an address cannot be had. */
  occupied: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The table of `EXIT` for people. */
export const EXIT_HELP = `Exit codes:
  0  done
  1  refused or failed, or what was waited for did not come
  2  wrong command line or config file
  3  no pidnap answers
  4  run: another pidnap has the state directory, or an address cannot be had
run with exitWith ends with the exit code of that process, or 128 + the number of the signal that ended it.`;

/** A failure that a person can do something about: one line, perhaps problems and a hint, and an exit code. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  /** Code of an API error, for programs. */
  readonly code: string | null;
  readonly problems: readonly string[];
  /** What to do about it. */
  readonly hint: string | null;

  constructor(
    exitCode: ExitCode,
    message: string,
    options: { code?: string; problems?: readonly string[]; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliFailure';
    this.exitCode = exitCode;
    this.code = options.code ?? null;
    this.problems = options.problems ?? [];
    this.hint = options.hint ?? null;
  }
}

/** A failure as text for stderr; as one JSON document for programs. */
export function formatFailure({ message, code, problems, hint }: CliFailure, isJson: boolean): string {
  if (isJson) return JSON.stringify({ error: { code, message, problems, hint } });
  const lines = problems.flatMap((problem) => problem.split('\n')).map((line) => `  ${line}`);
  const codeText = code === null ? '' : ` (${code})`;
  return [
    `pidnap: ${message}${codeText}${lines.length > 0 ? ':' : ''}`,
    ...lines,
    ...(hint === null ? [] : [hint]),
  ].join('\n');
}

/** Code of a system or connection error such as `ENOENT`; null for any other, Node's own `ERR_...` included. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return /^(?:E[A-Z0-9]+|UND_ERR_SOCKET)$/.test(error.code) ? error.code : null;
}
