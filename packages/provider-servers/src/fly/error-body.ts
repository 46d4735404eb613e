/** Fly's published ErrorResponse. Pure. */
import type { Refusal } from '../server/call.ts';

/** `status` is a word for some reasons, and `unknown` for the others. */
export function flyErrorBody({ message, code }: Refusal): { error: string; status: string } {
  return { error: message, status: code ?? 'unknown' };
}
