/** Headers of every answer that is our own; answers of customers' services have `routers/slot-headers.ts`. Pure. */

/** A year. Names below ours may belong to others: nothing is said of them. */
export const TRANSPORT_SECURITY = 'max-age=31536000';

/** For answers that are no pages, and for pages that say nothing of what they need. */
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const ALWAYS: Record<string, string> = {
  'strict-transport-security': TRANSPORT_SECURITY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // For browsers that do not know frame-ancestors.
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** What an answer may say better itself: a page needs a policy of its own, and files may be kept. */
const UNLESS_SAID: Record<string, string> = {
  'content-security-policy': NOTHING_RUNS,
  'cache-control': 'no-store',
};

/** The same answer with the headers that keep a browser from doing anything with it but what it is for. */
export function secured(response: Response): Response {
  const answer = new Response(response.body, response);
  for (const [name, value] of Object.entries(ALWAYS)) answer.headers.set(name, value);
  for (const [name, value] of Object.entries(UNLESS_SAID))
    if (!answer.headers.has(name)) answer.headers.set(name, value);
  return answer;
}
