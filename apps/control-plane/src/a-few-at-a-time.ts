/** The platform allows six open connections per request; more would wait for each other. */
const AT_ONCE = 6;

/**
 * Runs `work` for every item, six at a time, and gives the results in order. An item that takes long holds up one of
 * the six places, and nobody behind it.
 */
export async function aFewAtATime<Item, Out>(
  items: readonly Item[],
  work: (item: Item) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const left = items.entries();
  const place = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, place));
  return results;
}
