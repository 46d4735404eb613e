import { ErrorData } from '@fettle/contract/errors';
import { ORPCError } from '@orpc/client';
import * as v from 'valibot';
import { CliFailure, EXIT, systemCode } from '../failure.ts';

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ENOTFOUND']);

/** Turns whatever a call of the control plane threw into a failure that says in one line what is wrong. */
export function explainError(error: unknown, url: string | null): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof ORPCError) return explainAnswer(error);
  const system = systemCode(error) ?? systemCode(error instanceof Error ? error.cause : null);
  if (system === 'ENOSPC') {
    return new CliFailure(EXIT.diskFull, 'the disk is full', {
      hint: 'free some space and run this again',
      cause: error,
    });
  }
  if (system !== null && CONNECTION_CODES.has(system)) return notRunning(url, error);
  if (error instanceof Error && error.name === 'TimeoutError') {
    const message = `the control plane at ${url ?? 'its address'} did not answer in time`;
    return new CliFailure(EXIT.notRunning, message, {
      hint: 'see .fettle/logs/control-plane.log',
      cause: error,
    });
  }
  return new CliFailure(EXIT.failed, error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

/** The failure of a command that finds no control plane. */
export function notRunning(url: string | null, cause?: unknown): CliFailure {
  const where = url === null ? 'no control plane is known here' : `no control plane answers at ${url}`;
  const hint = 'start one with `npm start`, or name one with --url and --token (FETTLE_URL, FETTLE_TOKEN)';
  return new CliFailure(EXIT.notRunning, where, { hint, cause });
}

/** What to do about an error that a person can do more about than to wait. */
const HINTS: Record<string, string> = {
  METRICS_UNAVAILABLE:
    'machines heal all the same; in a fleet of `npm start`, logs/analytics-engine.log in the state folder says why',
};

function explainAnswer(error: ORPCError<string, unknown>): CliFailure {
  const parsed = v.safeParse(ErrorData, error.data);
  const data = parsed.success ? parsed.output : null;
  const hint =
    HINTS[error.code] ?? (data?.retryable === true ? 'the same command can succeed later' : undefined);
  return new CliFailure(EXIT.failed, `${error.code}: ${withDetails(error.message, data)}`, {
    hint,
    cause: error,
  });
}

/** Adds the field and what was expected there, unless the message says so itself. */
function withDetails(message: string, data: ErrorData | null): string {
  const { field, expected } = data ?? {};
  const where = field === undefined || message.includes(field) ? '' : ` at ${field}`;
  const what = expected === undefined || message.includes(expected) ? '' : `: expected ${expected}`;
  return `${message}${where}${what}`;
}
