import { oldestFirst } from '../output/oldest-first.ts';

/** The most that the control plane answers at once. */
const PAGE = 500;

/**
 * Everything that a listing has from `since` on, the oldest first. `ask` answers one page, the newest first, of what is
 * older than `before`. Things of one moment can be parted by the end of a page, so that a page is asked for from that
 * moment on again, and what is known already is left out.
 */
export async function readPages<T extends { at: number }>(
  ask: (page: { limit: number; before?: number }) => Promise<T[]>,
  since: number,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const oldest = all.at(-1)?.at;
    const found = await ask({ limit: PAGE, ...(oldest === undefined ? {} : { before: oldest + 1 }) });
    const known = all.filter(({ at }) => at === oldest).length;
    // Older than all that is known, or of its last moment and further on in the same order.
    const fresh = oldest === undefined ? found : found.filter(({ at }) => at <= oldest).slice(known);
    all.push(...fresh);
    if (fresh.length === 0 || found.length < PAGE || (all.at(-1)?.at ?? 0) < since) break;
  }
  // A clock that was set back leaves moments that are out of order.
  return oldestFirst(all.filter(({ at }) => at >= since));
}
