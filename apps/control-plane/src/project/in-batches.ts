/** The platform allows six open connections per request; more would wait for each other. */
const AT_ONCE = 6;

/** Runs `work` for every item, a few at a time, and gives the results in order. */
export async function inBatches<Item, Out>(
  items: readonly Item[],
  work: (item: Item) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  for (let index = 0; index < items.length; index += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(index, index + AT_ONCE).map(work))));
  }
  return results;
}
