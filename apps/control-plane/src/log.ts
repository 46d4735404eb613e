/** The one way to the log: nothing secret gets there, and what belongs to a request names it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { redact } from '@fettle/core/redaction';

const requests = new AsyncLocalStorage<string>();

/** Does something for a request: what is logged meanwhile names it. */
export function forRequest<T>(requestId: string, work: () => T): T {
  return requests.run(requestId, work);
}

/** Logs a line; an error with its reasons and where they came from. */
export const log = {
  info: (message: string, error?: unknown) => console.info(lineOf(message, error)),
  warn: (message: string, error?: unknown) => console.warn(lineOf(message, error)),
  error: (message: string, error?: unknown) => console.error(lineOf(message, error)),
};

function lineOf(message: string, error: unknown): string {
  const requestId = requests.getStore();
  const told = redact(error === undefined ? message : `${message}: ${wordsOf(error)}`);
  return requestId === undefined ? told : `[${requestId}] ${told}`;
}

/** Reasons of reasons that are told; what comes from outside may name itself. */
const MOST_REASONS = 8;

function wordsOf(error: unknown, reasons = MOST_REASONS): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  if (error.cause === undefined || reasons === 0) return own;
  return `${own}\ncaused by ${wordsOf(error.cause, reasons - 1)}`;
}
