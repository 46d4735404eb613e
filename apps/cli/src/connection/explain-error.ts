import { FettleError } from '@fettle/client';
import { CliFailure, EXIT, systemCode } from '../failure.ts';

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ENOTFOUND']);

/** Turns whatever a call of the control plane threw into a failure that says in one line what is wrong. */
export function explainError(error: unknown, url: string | null): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof FettleError) return explainAnswer(error, url);
  const system = systemCode(error) ?? systemCode(error instanceof Error ? error.cause : null);
  if (system === 'ENOSPC') {
    return new CliFailure(EXIT.diskFull, 'the disk is full', {
      hint: 'free some space and run this again',
      cause: error,
    });
  }
  if (system !== null && CONNECTION_CODES.has(system)) return notRunning(url, error);
  if (error instanceof Error && error.name === 'TimeoutError') return noAnswer(url, error);
  return new CliFailure(EXIT.failed, error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

/** The failure of a command that finds no control plane. */
export function notRunning(url: string | null, cause?: unknown): CliFailure {
  const where = url === null ? 'no control plane is known here' : `no control plane answers at ${url}`;
  const hint =
    'start one with `npm start`, or name one with --url (FETTLE_URL) and its token in FETTLE_TOKEN';
  return new CliFailure(EXIT.notRunning, where, { hint, cause });
}

function noAnswer(url: string | null, cause: unknown): CliFailure {
  const message = `the control plane at ${url ?? 'its address'} did not answer in time`;
  return new CliFailure(EXIT.notRunning, message, {
    hint: 'see .fettle/logs/control-plane.log',
    cause,
  });
}

/** What to do about an error that a person can do more about than to wait. */
const HINTS: Partial<Record<FettleError['code'], string>> = {
  METRICS_UNAVAILABLE:
    'machines heal all the same; in a fleet of `npm start`, logs/analytics-engine.log in the state folder says why',
  UNAUTHORIZED:
    'the token is not one of this control plane, has expired or was revoked; FETTLE_TOKEN or --token-file names another',
  FORBIDDEN:
    '`fettle whoami` tells what this token may do, and where; an administrator gives another with `fettle token create`',
  QUOTA_EXCEEDED:
    '`fettle quota show` tells what is used; commands are free again within the hour, and an administrator sets more with `fettle quota set`',
  UNEXPECTED_ANSWER: 'is the address right, and does this release of the CLI fit the control plane?',
};

function explainAnswer(error: FettleError, url: string | null): CliFailure {
  if (error.code === 'CONNECTION_FAILED') return notRunning(url, error);
  if (error.code === 'DEADLINE_EXCEEDED' && error.status === null) return noAnswer(url, error);
  return new CliFailure(EXIT.failed, `${error.code}: ${withDetails(error)}`, {
    hint: hintFor(error),
    cause: error,
  });
}

function hintFor({ code, retryable, retryAfterMs, requestId }: FettleError): string | undefined {
  if (code === 'TOO_MANY_REQUESTS')
    return `try again in ${Math.ceil((retryAfterMs ?? 1000) / 1000)} s; programs that run at once need a token each`;
  if (code === 'INTERNAL' && requestId !== null)
    return `the control plane's log has more about request ${requestId}; the same command can succeed later`;
  return HINTS[code] ?? (retryable ? 'the same command can succeed later' : undefined);
}

/** Adds the field and what was expected there, unless the message says so itself. */
function withDetails({ message, field, expected }: FettleError): string {
  const where = field === null || message.includes(field) ? '' : ` at ${field}`;
  const what = expected === null || message.includes(expected) ? '' : `: expected ${expected}`;
  return `${message}${where}${what}`;
}
