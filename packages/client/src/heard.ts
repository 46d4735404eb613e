/** What the head of an answer says about the call. */
export type Heard = {
  /** `null`: no answer came. */
  status: number | null;
  requestId: string | null;
  retryAfterMs: number | null;
};

export const NOTHING_HEARD: Heard = { status: null, requestId: null, retryAfterMs: null };

/** Reads the head of an answer. `now` is what a `retry-after` that is a date is compared with. */
export function hear({ status, headers }: Response, now: number): Heard {
  return {
    status,
    requestId: headers.get('x-request-id'),
    retryAfterMs: waitOf(headers.get('retry-after'), now),
  };
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function waitOf(text: string | null, now: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
