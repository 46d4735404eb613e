/** The longest delay between two sends of the same thing. */
export const LONGEST_RESEND_MS = 60_000;

/** Delay before the same thing is sent again: 1 s, doubled each time, a minute at most. */
export function resendDelay(sends: number): number {
  return Math.min(LONGEST_RESEND_MS, 1000 * 2 ** Math.min(sends, 6));
}
