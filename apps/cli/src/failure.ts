/**
 * How a command can end, as an exit code. `fettle --help` prints this table; scripts may rely on it. 10 and 11 are
 * those of scripts/bootstrap.mjs.
 */
export const EXIT = {
  ok: 0,
  /** The command reached the control plane, and something went wrong there; the line says what. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** git is not there. */
  missingTool: 3,
  /** No control plane answers. */
  notRunning: 4,
  /** The disk is full. */
  diskFull: 5,
  /** Docker was asked for and no engine answers. */
  noDocker: 6,
  /** The port is taken by another program. */
  portTaken: 7,
  /** Another `npm start` or drill has this state folder. */
  alreadyRunning: 8,
  /** It did not get healthy in time, or a rollout went back; for the drill: a fault did not heal at its level. */
  notHealthy: 9,
  /** An audit log is not what was written. */
  auditBroken: 12,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The table of `EXIT` for people. */
export const EXIT_HELP = `Exit codes:
  0  all well
  1  the control plane refused or failed; the line says why
  2  wrong command line or file
  3  git is missing
  4  the control plane does not run or does not answer
  5  the disk is full
  6  Docker was asked for and no engine answers
  7  the port is taken
  8  another start or drill has the state folder
  9  not healthy in time; a rollout that went back; in a drill: a fault did not heal at its level
 10  the dependencies could not be installed (any npm script)
 11  no Node 24 for this computer (any npm script)
 12  an audit log is not what was written; the line names the first row that is wrong`;

/** A failure that a person can do something about: one clear line, perhaps a hint, and an exit code. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  /** What to do about it. */
  readonly hint: string | null;

  constructor(exitCode: ExitCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliFailure';
    this.exitCode = exitCode;
    this.hint = options.hint ?? null;
  }
}

/** Code of a system error such as `ENOENT`; `null` for any other. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
