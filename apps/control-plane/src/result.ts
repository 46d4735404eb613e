import type { ErrorCode } from '@fettle/contract';

/**
 * What an object's method answers when it may refuse. Errors that are thrown across objects lose their class and
 * their code; a value keeps both.
 */
export type Result<T> = { ok: true; value: T } | { ok: false; code: ErrorCode; message: string };

/** An answer. */
export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A refusal. */
export function refusal(code: ErrorCode, message: string): { ok: false; code: ErrorCode; message: string } {
  return { ok: false, code, message };
}
