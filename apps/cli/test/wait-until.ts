import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `look` gives something else than false, null or undefined; throws, naming what was awaited, when it does not. */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  limitMs = 30_000,
): Promise<T> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (performance.now() > limit) throw new Error(`${what}: not within ${limitMs} ms`);
    await pause(50);
  }
}
