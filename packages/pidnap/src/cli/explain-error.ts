import { ConfigError } from '../shell/config-error.ts';
import { RefusedError } from '../shell/refused-error.ts';
import { CliFailure, EXIT, systemCode } from './failure.ts';

/** Where a command looked for pidnap, for messages. */
export interface Target {
  /** Path of the socket or URL. */
  readonly address: string;
  /** Config file that the address comes from; null: it was named. */
  readonly configFile: string | null;
}

/** Codes of a connection that could not be made. */
const NOBODY_THERE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ENOTSOCK',
]);

/** Codes of a connection that was lost. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Headlines of errors whose message only repeats the problems. */
const HEADLINES: Record<string, string> = {
  BAD_REQUEST: 'the input is not valid',
  INVALID_DEFINITION: 'the definition is not valid',
  INVALID_CONFIG: 'the config file is not valid, nothing was changed',
};

/** Turns whatever a command threw into a failure that says in plain words what is wrong. */
export function explainError(error: unknown, target: Target | null = null): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof ConfigError)
    return new CliFailure(EXIT.usage, `${error.path} cannot be used`, {
      problems: error.problems,
      cause: error,
    });
  if (error instanceof RefusedError) {
    const { code, ...data } = error.refusal;
    return explainAnswer(error, { code, data, message: error.message }, target);
  }
  if (isApiError(error)) return explainAnswer(error, error, target);
  if (target) {
    const system = systemCode(error) ?? systemCode(error instanceof Error ? error.cause : null) ?? '';
    if (NOBODY_THERE.has(system)) return notRunning(target, error);
    if (LOST.has(system))
      return new CliFailure(EXIT.notRunning, `pidnap at ${target.address} ended while it was asked`, {
        cause: error,
      });
    if (system === 'EACCES')
      return new CliFailure(EXIT.failed, `${target.address} may not be opened by this user`, {
        cause: error,
      });
  }
  return new CliFailure(EXIT.failed, error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

function notRunning({ address, configFile }: Target, cause: unknown): CliFailure {
  const start = configFile === null ? 'pidnap run' : `pidnap run --config ${configFile}`;
  const others = 'name another one with --socket (PIDNAP_SOCKET) or --url (PIDNAP_URL)';
  return new CliFailure(EXIT.notRunning, `no pidnap answers at ${address}`, {
    hint: `start one with \`${start}\`, or ${others}`,
    cause,
  });
}

/** A refusal, as the API tells it and as it is thrown where pidnap runs. */
interface Answer {
  readonly code: string;
  readonly message: string;
  readonly data: unknown;
}

/** What the client throws for an error answer; recognised by its form, since loading its class takes time. */
type ApiError = Error & Answer & { readonly status: number };

function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && 'code' in error && 'status' in error && 'data' in error;
}

function explainAnswer(cause: Error, error: Answer, target: Target | null): CliFailure {
  const problems = problemsOf(error.data);
  const message =
    error.code === 'UNAUTHORIZED'
      ? `pidnap at ${target?.address ?? 'its address'} does not take this token`
      : problems.length > 0
        ? (HEADLINES[error.code] ?? error.message)
        : error.message;
  return new CliFailure(EXIT.failed, message, { code: error.code, problems, cause });
}

function problemsOf(data: unknown): string[] {
  const problems: unknown =
    typeof data === 'object' && data !== null && 'problems' in data ? data.problems : [];
  return Array.isArray(problems) ? problems.filter((problem) => typeof problem === 'string') : [];
}
