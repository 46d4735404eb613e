/** Errors in Daytona's forms. Pure. */
import type { Refusal } from '../server/call.ts';

const NAMES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
};

type At = { path: string; method: string; now: number };

/** The API's: the body of 429 is published; the others are in the form of Daytona's last open release (0.190). */
export function apiErrorBody({ status, message }: Refusal, { path, now }: At): unknown {
  const error = NAMES[status] ?? 'Error';
  if (status === 429) return { statusCode: status, message, error };
  return { statusCode: status, timestamp: new Date(now).toISOString(), path, error, message };
}

/** The toolbox's published ErrorResponse. */
export function toolboxErrorBody({ status, message, code }: Refusal, { path, method, now }: At): unknown {
  const timestamp = new Date(now).toISOString();
  return {
    ...(code === null ? {} : { code }),
    message,
    method,
    path,
    timestamp,
    source: 'DAYTONA_DAEMON',
    statusCode: status,
  };
}
