import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MS = 5_000;

/** The customer's service of a slot, reached as its visitors reach it: by the slot's route on the control plane. */
export type Guestbook = {
  /** Writes an entry; it is on the machine's disk when this resolves. */
  sign(text: string): Promise<void>;
  has(text: string): Promise<boolean>;
  /** Whether the service answers now. */
  answers(): Promise<boolean>;
};

/** The guestbook behind a slot. */
export function openGuestbook({
  url,
  project,
  slot,
}: {
  url: string;
  project: string;
  slot: string;
}): Guestbook {
  const base = `${url}/s/${project}/${slot}`;
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${base}${path}`, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
  return {
    async sign(text) {
      const response = await ask('/entries', {
        method: 'POST',
        body: text,
        headers: { 'content-type': 'text/plain' },
      });
      const body = await response.text();
      if (response.status !== 201)
        throw new Error(`${slot} did not take an entry: ${response.status} ${body}`);
    },
    async has(text) {
      const response = await ask('/entries');
      return response.ok && (await response.text()).includes(JSON.stringify(text));
    },
    async answers() {
      try {
        const response = await ask('/healthz');
        await response.body?.cancel();
        return response.ok;
      } catch {
        // No answer in time, or none at all: it does not answer.
        return false;
      }
    },
  };
}

/** Tries until `look` is true or the time is over; resolves with whether it was. An error counts as not yet. */
export async function eventually(
  look: () => Promise<boolean>,
  { limitMs, everyMs = 250, signal }: { limitMs: number; everyMs?: number; signal: AbortSignal },
): Promise<boolean> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const isTrue = await look().catch(() => false);
    if (isTrue) return true;
    if (performance.now() >= limit) return false;
    await pause(everyMs, undefined, { signal });
  }
}
