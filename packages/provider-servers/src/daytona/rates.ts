import { Refusal, type Call } from '../server/call.ts';
import type { Faults } from '../server/faults.ts';

/** Daytona's throttlers and what an organization of the first tier may ask of each in a minute. */
const THROTTLERS = { authenticated: 10_000, 'sandbox-create': 300, 'sandbox-lifecycle': 10_000 };
type Throttler = keyof typeof THROTTLERS;

const WINDOW_MS = 60_000;

const LIFECYCLE = new Set([
  'startSandbox',
  'stopSandbox',
  'recoverSandbox',
  'archiveSandbox',
  'deleteSandbox',
  'createSandboxSnapshot',
]);

/** Counts what is asked: the headers to answer with, or a 429 with the published body. Every name has its suffix. */
export function createRates(
  faults: Faults,
): (call: Pick<Call, 'operation' | 'now'>) => Record<string, string> {
  const windows = new Map<Throttler, { since: number; asked: number }>();
  return ({ operation, now }) => {
    const throttler = throttlerOf(operation);
    const lowered = faults.take(
      'rate-limit',
      (fault) => fault.operation === undefined || fault.operation === operation,
    );
    const limit = lowered?.limit ?? THROTTLERS[throttler];
    const known = windows.get(throttler);
    const open = known !== undefined && now - known.since < WINDOW_MS;
    const window = open ? known : { since: now, asked: 0 };
    windows.set(throttler, window);
    window.asked += 1;
    const reset = String(Math.ceil((window.since + WINDOW_MS - now) / 1000));
    const headers = {
      [`X-RateLimit-Limit-${throttler}`]: String(limit),
      [`X-RateLimit-Remaining-${throttler}`]: String(Math.max(0, limit - window.asked)),
      [`X-RateLimit-Reset-${throttler}`]: reset,
    };
    if (window.asked <= limit) return headers;
    throw new Refusal(429, 'Rate limit exceeded', {
      headers: { ...headers, [`Retry-After-${throttler}`]: reset },
    });
  };
}

function throttlerOf(operation: string): Throttler {
  if (operation === 'createSandbox') return 'sandbox-create';
  return LIFECYCLE.has(operation) ? 'sandbox-lifecycle' : 'authenticated';
}
