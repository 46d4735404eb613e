import type { Counted } from './counted.ts';

/** Objects that a benchmark makes at once: more would meet the limits of one request. */
const AT_ONCE = 100;

/** Gives a worker its objects: `post` is told of them in parts. */
export async function inParts<Item>(
  items: readonly Item[],
  post: (part: readonly Item[]) => Promise<unknown>,
): Promise<void> {
  for (let index = 0; index < items.length; index += AT_ONCE) await post(items.slice(index, index + AT_ONCE));
}

/** Posts JSON; rejects when the answer is not 2xx. */
export async function postJson(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
}

/** How many alarms have run to their end. */
export async function servedOf(url: string, worker: 'bare' | 'machines'): Promise<number> {
  if (worker === 'bare') return ((await (await fetch(url)).json()) as { served: number }).served;
  return (await countedOf(url)).requests.alarms;
}

/** The counters of the machines' worker. */
export async function countedOf(url: string): Promise<Counted> {
  return (await (await fetch(`${url}/counted`)).json()) as Counted;
}
